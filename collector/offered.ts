// What a framework offers its model: the tools that are granted for one call, on the span of that call.
import type { Span } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import { ATTR } from './attributes.ts';
import { guard, observe } from './guard.ts';
import { attributesOf } from './producer.ts';
import { close, contextOf, errorType, inside, open, stamp } from './span.ts';

/** A longer list is not told: one that is cut would make the rest look ungranted. */
const MAX_OFFERED_TOOLS = 10_000;
const MODEL_CALL = /^ai\.\w+\.do(Generate|Stream)$/;

/** How a model is called, as far as it is told. */
export interface ModelCall {
  /** Names of the tools that this call offers; undefined where that is unknown. */
  tools: readonly string[] | undefined;
  model?: string | undefined;
  agent?: string | undefined;
}

/** Names alone: descriptions and schemas are content. */
const definitionsOf = (tools: readonly string[] | undefined): string | undefined =>
  tools === undefined || tools.length > MAX_OFFERED_TOOLS
    ? undefined
    : JSON.stringify(tools.map((name) => ({ type: 'function', name })));

/** The active span where a framework opened it for this call. */
const spanOfThisCall = (): Span | undefined =>
  guard(
    'looking at the active span',
    () => {
      const active = trace.getSpan(context.active());
      const told = active?.isRecording() === true ? attributesOf(active) : undefined;
      const operation = told?.['ai.operationId'];
      const calls =
        told?.['gen_ai.operation.name'] === 'chat' ||
        (typeof operation === 'string' && MODEL_CALL.test(operation));
      return calls && told?.[ATTR.schema] === undefined ? active : undefined;
    },
    undefined,
  );

/**
 * Runs `fn` as one call of a model, recorded as a span `chat {model}` (OpenTelemetry's GenAI conventions) that names
 * the tools offered; inside a framework's own span of the call that span is stamped. Returns and throws what `fn` does.
 */
export const offered = <T>(call: ModelCall, fn: () => T): T => {
  const definitions = guard('reading tools', () => definitionsOf(call.tools), undefined);
  const joined = spanOfThisCall();
  if (joined !== undefined) {
    const own = attributesOf(joined);
    const known = own?.['gen_ai.tool.definitions'] ?? own?.['ai.prompt.tools'];
    if (known === undefined) stamp(joined, { 'gen_ai.tool.definitions': definitions });
    return fn();
  }
  const { model, agent } = call;
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': model,
    'gen_ai.tool.definitions': definitions,
  };
  const span = open(model === undefined ? 'chat' : `chat ${model}`, attributes, { agent });
  return observe(
    () => inside(contextOf(span), fn),
    (outcome) => close(span, {}, outcome.ok ? undefined : errorType(outcome.error)),
  );
};
