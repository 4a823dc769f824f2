// Opens and ends the spans of our own, and carries the task's context for everything inside it.
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api';
import {
  context,
  createContextKey,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ATTR, SCHEMA } from './attributes.ts';
import { guard } from './guard.ts';
import { watchForMismatch } from './mismatch.ts';
import { number } from './producer.ts';
import { field, textField } from './read.ts';
import { redactText, redactValue } from './redact.ts';

const SCOPE = '@footprint/collector';
export const VERSION = '0.1.0';
/** The kinds of work, by OpenTelemetry's conventions: words of those, so that there is nothing to redact. */
const SAMPLED_BY = ['gen_ai.operation.name', 'mcp.method.name'] as const;
const TASK = createContextKey('footprint.task');

/** Attributes of the task that everything inside it is stamped with. */
export type TaskAttributes = Readonly<Record<string, string>>;

/** Attributes that may be absent: what is undefined is not set. */
export type Draft = Record<string, string | number | boolean | string[] | undefined>;

/** The task around `within`, or undefined outside any. */
export const taskOf = (within: Context): TaskAttributes | undefined =>
  within.getValue(TASK) as TaskAttributes | undefined;

/** A context in which everything belongs to this task. */
export const withTask = (within: Context, task: TaskAttributes): Context =>
  within.setValue(TASK, task);

/** Sets what is not undefined, without what looks like a credential; one by one, which makes no object to collect. */
const describe = (span: Span, from: Draft | TaskAttributes): void => {
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (value !== undefined) span.setAttribute(key, redactValue(key, value));
  }
};

/** How a span of ours is opened. */
export interface Opening {
  kind?: SpanKind;
  /** The agent, where it is not that of the task. */
  agent?: string | undefined;
  /** The task it belongs to, where that is not the one around it. */
  task?: TaskAttributes | undefined;
  /** When it began, where that was before now. */
  startTime?: Date;
  /** A span of another time or trace that it belongs to (W3C trace context). */
  link?: string | undefined;
}

/** What samplers ask for. An SDK checks and copies the attributes of a start twice, later ones once. */
const atStart = (attributes: Draft): Attributes => {
  const started: Attributes = { [ATTR.schema]: SCHEMA };
  for (const key of SAMPLED_BY) {
    const value = attributes[key];
    if (value !== undefined) started[key] = value;
  }
  return started;
};

/** Starts a span of ours under the active one; undefined where that fails. */
export const open = (
  name: string,
  attributes: Draft,
  { kind = SpanKind.INTERNAL, agent, task, startTime, link }: Opening = {},
): Span | undefined =>
  guard(
    'starting a span',
    () => {
      watchForMismatch();
      const parent = context.active();
      const linked = contextFrom(link);
      const options = {
        kind,
        attributes: atStart(attributes),
        ...(startTime === undefined ? {} : { startTime }),
        ...(linked === undefined ? {} : { links: [{ context: linked }] }),
      };
      const span = trace.getTracer(SCOPE, VERSION).startSpan(redactText(name), options, parent);
      stamp(span, task ?? taskOf(parent) ?? {});
      if (agent !== undefined) stamp(span, { 'gen_ai.agent.name': agent });
      stamp(span, attributes);
      return span;
    },
    undefined,
  );

/** W3C trace context, version 00: trace id, span id and flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Where a span is, as a `traceparent`; undefined where nothing records it. */
export const traceparentOf = (span: Span | undefined): string | undefined =>
  guard(
    'a traceparent',
    () => {
      const told = span?.spanContext();
      if (told === undefined || !isSpanContextValid(told)) return undefined;
      const flags = (told.traceFlags & 0xff).toString(16).padStart(2, '0');
      return `00-${told.traceId}-${told.spanId}-${flags}`;
    },
    undefined,
  );

const contextFrom = (traceparent: string | undefined): SpanContext | undefined => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
};

/** Sets attributes on a span, ours or another's, without their credentials. */
export const stamp = (span: Span | undefined, attributes: Draft | TaskAttributes): void => {
  if (span !== undefined) guard('stamping a span', () => describe(span, attributes), undefined);
};

/** Ends a span of ours, numbered; `failure` names the kind of error where there was one. */
export const close = (span: Span | undefined, attributes: Draft = {}, failure?: string): void =>
  guard(
    'ending a span',
    () => {
      if (span === undefined) return;
      stamp(span, failure === undefined ? attributes : { ...attributes, 'error.type': failure });
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      number(span);
      span.end();
    },
    undefined,
  );

/** `fn` run once inside `within`, whatever becomes of the context manager. */
export const inside = <T>(within: Context | undefined, fn: () => T): T => {
  if (within === undefined) return fn();
  let called = false;
  let done: { value: T } | undefined;
  try {
    return context.with(within, () => {
      called = true;
      done = { value: fn() };
      return done.value;
    });
  } catch (error) {
    // What the host's own function threw is the host's; a context manager that failed around it is not.
    if (!called) return fn();
    if (done !== undefined) return done.value;
    throw error;
  }
};

/** The context in which `span` is the active one. */
export const contextOf = (span: Span | undefined): Context | undefined =>
  span === undefined
    ? undefined
    : guard('a context', () => trace.setSpan(context.active(), span), undefined);

/**
 * Low-cardinality name of what was thrown (`error.type`): its code, else its class, else `_OTHER`. The code of a
 * DOMException is a number of old (an abort is 20), so that its name is told.
 */
export const errorType = (error: unknown): string => {
  const is_dom = field(error, 'constructor') === DOMException;
  const code = is_dom ? undefined : textField(error, 'code');
  return code ?? textField(error, 'name') ?? '_OTHER';
};
