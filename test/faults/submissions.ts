// Submissions for the tests of journal, pipeline and store: OTLP requests of small agents, decoded as the receiver does.
import { FACT_KEYS } from '../../server/facts/facts.ts';
import type { Submission } from '../../server/model/submission.ts';
import { createReader } from '../../server/otlp/reader.ts';

const reader = createReader({ keys: FACT_KEYS });

/** 2026-11-22T12:00:00Z in microseconds. */
export const NOON = 1_795_348_800_000_000;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

export interface MadeRequest {
  /** Distinguishes the requests of one test: ids are made from it. */
  request: number;
  spans: number;
  workspace?: string;
  agent?: string;
}

export const traceIdOf = (request: number): string => hex(request + 1, 32);
export const spanIdOf = (request: number, span: number): string =>
  hex(request + 1, 8) + hex(span + 1, 8);

/** One trace: an agent's span and tool calls below it. */
export const submission = ({
  request,
  spans,
  workspace = 'default',
  agent = 'travel',
}: MadeRequest): Submission => {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = (i: number) => {
    const start = BigInt(NOON) * 1000n + BigInt(request * 1_000_000 + i * 1000);
    return {
      traceId: traceIdOf(request),
      spanId: spanIdOf(request, i),
      ...(i === 0 ? {} : { parentSpanId: spanIdOf(request, 0) }),
      name: i === 0 ? `invoke_agent ${agent}` : 'execute_tool book',
      kind: 1,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + 500_000n),
      attributes:
        i === 0
          ? [text('gen_ai.operation.name', 'invoke_agent'), text('gen_ai.agent.name', agent)]
          : [text('gen_ai.operation.name', 'execute_tool'), text('gen_ai.tool.name', 'book')],
    };
  };
  const resource = { attributes: [text('service.name', 'travel-service')] };
  const scopeSpans = [
    { scope: { name: 'test' }, spans: Array.from({ length: spans }, (_, i) => span(i)) },
  ];
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }));
  return {
    workspace,
    kind: 'otlp',
    type: 'json',
    encoding: 'none',
    body: Uint8Array.from(body),
    batch: reader.json(body).batch,
    received_at: NOON + request,
    attested: true,
  };
};

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
