// One evaluated request: asks the policy engine, records the answer, and says whether the action may go on.
import type { Span } from '@opentelemetry/api';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { ATTR, SPAN } from './attributes.ts';
import type { Outcome } from './guard.ts';
import { functionOf, guard, isThenable, observe } from './guard.ts';
import { credentialOf, delegationAttributes, resourceAttributes } from './parts.ts';
import { attributesOf } from './producer.ts';
import { field, oneOf, text, textField, texts } from './read.ts';
import type { Draft } from './span.ts';
import { close, contextOf, errorType, inside, open, stamp, traceparentOf } from './span.ts';
import type { Answer, AuthorizationRequest, Decision, Effect, Enforcement } from './types.ts';

/** What an engine may answer; only we say `error`. */
const EFFECTS = ['allow', 'deny', 'require_approval', 'not_applicable'] as const;

/** Why an engine's answer was no decision. */
const NO_ANSWER = 'no_answer';

const requestAttributes = (request: AuthorizationRequest): Draft => {
  const principal = field(request, 'principal');
  const policy = field(request, 'policy');
  return {
    [ATTR.permission]: textField(request, 'permission'),
    [ATTR.permission_required_scopes]: texts(field(request, 'required_scopes')),
    ...resourceAttributes(request),
    [ATTR.principal_id]: textField(principal, 'id'),
    [ATTR.principal_type]: textField(principal, 'type'),
    ...delegationAttributes(request),
    [ATTR.policy_engine]: textField(request, 'engine'),
    [ATTR.policy_id]: textField(policy, 'id'),
    [ATTR.policy_version]: textField(policy, 'version'),
    [ATTR.credential_fingerprint]: credentialOf(field(request, 'credential')),
    'gen_ai.tool.call.id': textField(request, 'tool_call_id'),
  };
};

/** The decision that an engine's answer, or its failure, comes to. Total: what cannot be read is an error. */
const conclude = (request: AuthorizationRequest, outcome: Outcome): Decision => {
  const answer = outcome.ok ? outcome.value : undefined;
  const told = typeof answer === 'boolean' ? (answer ? 'allow' : 'deny') : field(answer, 'effect');
  const effect: Effect = oneOf(told, EFFECTS) ?? 'error';
  const shadow = field(request, 'enforcement') === 'shadow';
  const failsOpen = field(request, 'on_error') === 'allow';
  const failed: Enforcement = failsOpen ? 'fail_open' : 'fail_closed';
  const enforcement = shadow ? 'shadow' : effect === 'error' ? failed : 'enforced';
  const reason = text(field(answer, 'reason'));
  return {
    decision_id: textField(answer, 'decision_id') ?? randomUUID(),
    effect,
    allowed: shadow || effect === 'allow' || (effect === 'error' && failsOpen),
    enforcement,
    rules: texts(field(answer, 'rules')) ?? [],
    ...(reason === undefined ? {} : { reason }),
    ...(effect === 'error' ? { error: outcome.ok ? NO_ANSWER : outcome.error } : {}),
  };
};

const answerAttributes = (decision: Decision, answer: unknown): Draft => {
  const policy = field(answer, 'policy');
  return {
    [ATTR.decision_id]: decision.decision_id,
    [ATTR.decision_effect]: decision.effect,
    [ATTR.decision_enforcement]: decision.enforcement,
    [ATTR.decision_reason]: decision.reason,
    [ATTR.decision_cached]: field(answer, 'cached') === true ? true : undefined,
    [ATTR.policy_engine]: textField(answer, 'engine'),
    [ATTR.policy_id]: textField(policy, 'id'),
    [ATTR.policy_version]: textField(policy, 'version'),
    [ATTR.policy_rules]: [...decision.rules],
  };
};

/** The active span where it is an action that a framework opened before it asked, and that has no decision yet. */
const actionAround = (): Span | undefined =>
  guard(
    'looking at the active span',
    () => {
      const active = trace.getSpan(context.active());
      const attributes = active?.isRecording() === true ? attributesOf(active) : undefined;
      const asks =
        attributes?.['gen_ai.operation.name'] === 'execute_tool' &&
        attributes[ATTR.schema] === undefined &&
        attributes[ATTR.decision_id] === undefined;
      return asks ? active : undefined;
    },
    undefined,
  );

const record = (span: Span | undefined, decision: Decision, outcome: Outcome): void => {
  const answer = outcome.ok ? outcome.value : undefined;
  // A deny is an answer and no fault: the status stays unset.
  const failure = outcome.ok ? NO_ANSWER : errorType(outcome.error);
  close(
    span,
    answerAttributes(decision, answer),
    decision.effect === 'error' ? failure : undefined,
  );
  stamp(actionAround(), { [ATTR.decision_id]: decision.decision_id });
};

interface Asking {
  span: Span | undefined;
  finish: (outcome: Outcome) => Decision;
}

/** Opens the span of a request; `finish` closes it with the decision that the outcome comes to. */
const ask = (request: AuthorizationRequest): Asking => {
  const action = textField(request, 'action') ?? textField(request, 'permission') ?? 'unknown';
  const attributes = guard('reading a request', () => requestAttributes(request), {});
  const kind = field(request, 'remote') === true ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const agent = textField(request, 'agent');
  const span = open(`${SPAN.authorize} ${action}`, attributes, { kind, agent });
  const finish = (outcome: Outcome): Decision => {
    const traceparent = traceparentOf(span);
    const decision = {
      ...conclude(request, outcome),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    record(span, decision, outcome);
    return decision;
  };
  return { span, finish };
};

type Asked = Answer | boolean;

/**
 * Asks `decide` once and records its answer, with its rules, its reason and how long it took, as a span
 * `authorize {action}` beside the action that follows. Never throws: an engine that throws, or answers with no
 * effect that we know, gives effect `error`, and `allowed` by `on_error` (deny where it is not given). With
 * `enforcement: 'shadow'` the answer is recorded and `allowed` is true. Give the decision to `tool` to pair the two.
 */
export function authorize(request: AuthorizationRequest, decide: () => Asked): Decision;
export function authorize(
  request: AuthorizationRequest,
  decide: () => PromiseLike<Asked>,
): Promise<Decision>;
export function authorize(
  request: AuthorizationRequest,
  decide: () => Asked | PromiseLike<Asked>,
): Decision | Promise<Decision> {
  const { span, finish } = ask(request);
  let answered: Asked | PromiseLike<Asked>;
  try {
    answered = inside(contextOf(span), functionOf('authorize', request, decide));
  } catch (error) {
    return finish({ ok: false, error });
  }
  if (!isThenable(answered)) return finish({ ok: true, value: answered });
  return Promise.resolve(answered).then(
    (value) => finish({ ok: true, value }),
    (error: unknown) => finish({ ok: false, error }),
  );
}

/**
 * `authorize` for integrations that watch an engine and must not change it: runs `evaluate` once, records the
 * decision that `read` finds in its result, and returns that result (a promise where it is a thenable) or throws
 * what `evaluate` throws. `decided` is told the decision before the caller has the result.
 */
export const observeDecision = <T>(
  request: AuthorizationRequest,
  evaluate: () => T,
  read: (result: Awaited<T>) => Answer | boolean | undefined,
  decided: (decision: Decision) => void = () => undefined,
): T => {
  const { span, finish } = ask(request);
  return observe(
    () => inside(contextOf(span), evaluate),
    (outcome) => {
      const answer = outcome.ok
        ? guard('reading an answer', () => read(outcome.value as Awaited<T>), undefined)
        : undefined;
      decided(finish(outcome.ok ? { ok: true, value: answer } : outcome));
    },
  );
};
