// An action that is executed: an `execute_tool` span that names its permission, decision and credential.
import type { Span } from '@opentelemetry/api';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { ATTR } from './attributes.ts';
import type { Outcome } from './guard.ts';
import { functionOf, guard, observe } from './guard.ts';
import { attributesOf } from './producer.ts';
import { credentialOf, decisionOf, resourceAttributes } from './parts.ts';
import { field, text, textField, texts } from './read.ts';
import type { Draft } from './span.ts';
import { close, contextOf, errorType, inside, open, stamp } from './span.ts';
import type { ToolOptions } from './types.ts';

/** `error.type` of an action that was refused; the receiver takes it for a denial and not for a use. */
export const DENIED = 'permission_denied';
/** `error.type` of an MCP result with `isError` (OpenTelemetry's MCP conventions). */
const TOOL_ERROR = 'tool_error';
const HTTP_FORBIDDEN = 403;
const DENIED_CODES: readonly unknown[] = ['EACCES', 'EPERM', 'insufficient_scope', 'access_denied'];
/** MCP has no code for a denial in band, so its text is read; a heuristic, and the only one. */
const DENIED_TEXT =
  /\b(access denied|permission denied|forbidden|insufficient_scope|not authori[sz]ed)\b/i;
/** A denial says so at once; reading further into a long result costs the host time. */
const MAX_DENIAL_CHARS = 500;

const isDenial = (error: unknown): boolean =>
  DENIED_CODES.includes(field(error, 'code')) ||
  DENIED_CODES.includes(field(error, 'error')) ||
  field(error, 'status') === HTTP_FORBIDDEN ||
  field(error, 'statusCode') === HTTP_FORBIDDEN ||
  field(error, 'code') === HTTP_FORBIDDEN ||
  DENIED_TEXT.test(text(field(error, 'message'), MAX_DENIAL_CHARS) ?? '');

/** `error.type` of how an action ended; undefined where it went well. */
const failureOf = (outcome: Outcome): string | undefined => {
  if (!outcome.ok) return isDenial(outcome.error) ? DENIED : errorType(outcome.error);
  if (field(outcome.value, 'isError') !== true) return undefined;
  const first = field(field(outcome.value, 'content'), '0');
  return DENIED_TEXT.test(text(field(first, 'text'), MAX_DENIAL_CHARS) ?? '') ? DENIED : TOOL_ERROR;
};

const toolAttributes = (options: ToolOptions, name: string): Draft => {
  return {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    'gen_ai.tool.call.id': textField(options, 'call_id'),
    [ATTR.permission]: textField(options, 'permission') ?? `tool:${name}`,
    [ATTR.permission_required_scopes]: texts(field(options, 'required_scopes')),
    ...resourceAttributes(options),
    [ATTR.decision_id]: decisionOf(options),
    [ATTR.credential_fingerprint]: credentialOf(field(options, 'credential')),
  };
};

/** The active span where a framework opened it for this very call: one call is one span, not two. */
const spanOfThisCall = (name: string): Span | undefined =>
  guard(
    'looking at the active span',
    () => {
      const active = trace.getSpan(context.active());
      if (active?.isRecording() !== true) return undefined;
      const attributes = attributesOf(active);
      const same =
        attributes?.['gen_ai.operation.name'] === 'execute_tool' &&
        attributes['gen_ai.tool.name'] === name &&
        attributes[ATTR.schema] === undefined;
      return same ? active : undefined;
    },
    undefined,
  );

/** How an integration records an action otherwise than as a plain tool. */
export interface ActionForm {
  /** The span's name; `execute_tool {name}` where it is not given. */
  name?: string;
  kind?: SpanKind;
  /** Attributes beside those of `ToolOptions`, for example those of a protocol. */
  attributes?: Draft;
}

/** `tool` for integrations: the same span and the same promises, in the form of the library that is called. */
export const action = <T>(options: ToolOptions, fn: () => T, form: ActionForm = {}): T => {
  const name = textField(options, 'name') ?? 'unknown';
  const own = guard('reading a tool', () => toolAttributes(options, name), {});
  const attributes = { ...own, ...form.attributes };
  const joined = spanOfThisCall(name);
  if (joined !== undefined) {
    stamp(joined, attributes);
    return observe(fn, (outcome) => stamp(joined, { 'error.type': failureOf(outcome) }));
  }
  const agent = textField(options, 'agent');
  const kind = form.kind ?? SpanKind.INTERNAL;
  const span = open(form.name ?? `execute_tool ${name}`, attributes, { agent, kind });
  return observe(
    () => inside(contextOf(span), fn),
    (outcome) => close(span, {}, failureOf(outcome)),
  );
};

/**
 * Runs `fn` as the execution of a tool, recorded as a span `execute_tool {name}` (OpenTelemetry's GenAI
 * conventions); inside a framework's own span of the same call that span is stamped instead. Arguments and results
 * are not recorded. Returns what `fn` returns (a promise where it returns a thenable) and throws what it throws,
 * nothing else.
 */
export const tool = <T>(options: ToolOptions, fn: () => T): T =>
  action(options, functionOf('tool', options, fn));
