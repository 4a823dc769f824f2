// Numbers the spans that are evidence, so that a gap in the numbers shows that some were lost on the way.
import type { Span } from '@opentelemetry/api';
import { TraceFlags } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { ATTR } from './attributes.ts';

const producer = { id: '', seq: 0 };

/** Attributes of a span as SDKs of both lines show them on a span that records; undefined where they do not. */
export const attributesOf = (span: unknown): Readonly<Record<string, unknown>> | undefined => {
  const { attributes } = span as { attributes?: unknown };
  return typeof attributes === 'object' && attributes !== null
    ? (attributes as Record<string, unknown>)
    : undefined;
};

/** Whether a span tells of an authorization or of an executed action. */
export const isEvidence = (attributes: Readonly<Record<string, unknown>> | undefined): boolean =>
  attributes !== undefined &&
  (attributes[ATTR.schema] !== undefined ||
    attributes['gen_ai.operation.name'] === 'execute_tool' ||
    attributes['mcp.method.name'] === 'tools/call' ||
    attributes['openinference.span.kind'] === 'TOOL' ||
    attributes['traceloop.span.kind'] === 'tool' ||
    attributes['ai.operationId'] === 'ai.toolCall');

/**
 * Gives a span that is about to end its producer and number, once.
 * A span that will not be exported takes no number: it is not lost evidence but sampled evidence.
 */
export const number = (span: Span): void => {
  if (!span.isRecording() || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
  if (attributesOf(span)?.[ATTR.producer_seq] !== undefined) return;
  if (producer.id === '') producer.id = randomUUID();
  producer.seq += 1;
  span.setAttribute(ATTR.producer_id, producer.id);
  span.setAttribute(ATTR.producer_seq, producer.seq);
};
