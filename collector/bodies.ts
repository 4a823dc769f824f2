// Spans as the bodies of requests, each of a bounded size.
import { guard, report } from './guard.ts';

/** Receivers take 20 MiB or more; a batch of usual spans has half of one, and two bodies are in memory at most. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What one request carries. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly spans: number;
}

/** Writes spans as one request of OTLP. */
export type Encode<S> = (spans: S[]) => Uint8Array | undefined;

/**
 * The spans as few bodies. What is too large for one is halved; a span that is so alone, or that cannot be written,
 * is left out and told.
 */
export const bodiesOf = <S>(spans: S[], encode: Encode<S>, maxBytes = MAX_BYTES): Body[] => {
  if (spans.length === 0) return [];
  const bytes = guard('writing spans', () => encode(spans), undefined);
  if (bytes !== undefined && bytes.length <= maxBytes) return [{ bytes, spans: spans.length }];
  if (spans.length === 1) {
    report(bytes === undefined ? 'a span was lost' : `a span of ${bytes.length} bytes was lost`);
    return [];
  }
  const half = Math.ceil(spans.length / 2);
  return [spans.slice(0, half), spans.slice(half)].flatMap((part) =>
    bodiesOf(part, encode, maxBytes),
  );
};
