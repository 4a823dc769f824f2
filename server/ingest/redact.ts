// Redaction before anything touches a disk: credentials, and content unless it is asked for, are masked at the same length.
import { createJudge, type JudgeOptions } from './judge.ts';
import { redactDocument } from './redact-json.ts';
import { redactRequest } from './redact-wire.ts';

export interface Redactor {
  /**
   * Masks and cuts in place in an inflated ExportTraceServiceRequest; whether anything was changed. Throws
   * AppError `bad_request` where the body cannot be walked or a value is nested deeper than 32.
   */
  protobuf(bytes: Uint8Array): boolean;
  /** The same in a parsed JSON request, whose strings are replaced where they stand. */
  document(document: unknown): void;
}

/** With `content` true, prompts, answers, arguments and results are kept; credentials in them are not. */
export const createRedactor = (options: JudgeOptions = {}): Redactor => {
  const judge = createJudge(options);
  return {
    protobuf: (bytes) => redactRequest(bytes, judge),
    document: (document) => {
      redactDocument(document, judge);
    },
  };
};
