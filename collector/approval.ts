// A human's or a system's answer to `require_approval`, from the asking to the answer, however long that takes.
import type { Span } from '@opentelemetry/api';
import { context } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { ATTR, SPAN } from './attributes.ts';
import type { Outcome } from './guard.ts';
import { functionOf, guard, isThenable } from './guard.ts';
import { decisionOf, resourceAttributes } from './parts.ts';
import { field, instant, oneOf, textField } from './read.ts';
import type { Draft, TaskAttributes } from './span.ts';
import { close, contextOf, errorType, inside, open, taskOf, traceparentOf } from './span.ts';
import type { Approval, ApprovalAnswer, ApprovalRequest, PendingApproval } from './types.ts';

const OUTCOMES = ['approved', 'denied', 'modified', 'expired', 'cancelled'] as const;
const TIERS = ['auto', 'notify', 'single', 'dual', 'break_glass'] as const;
const PENDING = 'pending';
/** Why an answer was none. */
const NO_ANSWER = 'no_answer';

/** Where even the host's clock or random source fails. */
const NO_REQUEST: PendingApproval = {
  approval_id: '',
  permission: 'unknown',
  action: 'unknown',
  requested_at: '',
  about: {},
};

/** The request as plain data; what it is about is taken from the task around it. */
const readRequest = (request: ApprovalRequest): PendingApproval => {
  const permission = textField(request, 'permission') ?? 'unknown';
  const tier = oneOf(field(request, 'tier'), TIERS);
  const decision_id = decisionOf(request);
  const traceparent = textField(field(request, 'decision'), 'traceparent');
  const agent = textField(request, 'agent');
  const about: Record<string, string> = {
    ...taskOf(context.active()),
    ...(agent === undefined ? {} : { 'gen_ai.agent.name': agent }),
  };
  const told: Draft = {
    ...resourceAttributes(request),
    'gen_ai.tool.call.id': textField(request, 'tool_call_id'),
  };
  for (const [key, value] of Object.entries(told))
    if (typeof value === 'string') about[key] = value;
  return {
    approval_id: textField(request, 'approval_id') ?? randomUUID(),
    permission,
    action: textField(request, 'action') ?? permission,
    requested_at: instant(field(request, 'requested_at')) ?? new Date().toISOString(),
    about,
    ...(decision_id === undefined ? {} : { decision_id }),
    ...(tier === undefined ? {} : { tier }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
};

const pendingFrom = (request: ApprovalRequest): PendingApproval =>
  guard('reading a request', () => readRequest(request), NO_REQUEST);

/** Reads what may have been stored and loaded again since. */
const aboutOf = (pending: PendingApproval): TaskAttributes => {
  const about: Record<string, string> = {};
  const stored = field(pending, 'about');
  for (const key of Object.keys(typeof stored === 'object' && stored !== null ? stored : {})) {
    const value = textField(stored, key);
    if (value !== undefined) about[key] = value;
  }
  return about;
};

const requestAttributes = (pending: PendingApproval): Draft => ({
  [ATTR.approval_id]: textField(pending, 'approval_id'),
  [ATTR.approval_tier]: oneOf(field(pending, 'tier'), TIERS),
  [ATTR.approval_requested_at]: instant(field(pending, 'requested_at')),
  [ATTR.decision_id]: textField(pending, 'decision_id'),
  [ATTR.permission]: textField(pending, 'permission'),
});

const answerAttributes = (approval: Approval, answer: unknown): Draft => ({
  [ATTR.approval_outcome]: approval.outcome,
  [ATTR.approval_source]:
    textField(answer, 'source') ?? (approval.outcome === 'expired' ? 'timeout' : undefined),
  [ATTR.approval_approver]: textField(answer, 'approver'),
  [ATTR.approval_approver_type]: textField(answer, 'approver_type'),
});

const openFor = (pending: PendingApproval, startTime?: Date): Span | undefined =>
  guard(
    'recording a request for approval',
    () => {
      const name = `${SPAN.request_approval} ${textField(pending, 'action') ?? 'unknown'}`;
      const link = textField(pending, 'traceparent');
      const began = startTime === undefined ? {} : { startTime };
      const task = aboutOf(pending);
      return open(name, requestAttributes(pending), { task, link, ...began });
    },
    undefined,
  );

/** What an answer, or a failure to get one, comes to. What cannot be read is never an approval. */
const conclude = (pending: PendingApproval, ended: Outcome): Approval => {
  const approval_id = textField(pending, 'approval_id') ?? '';
  if (!ended.ok) {
    const outcome = field(ended.error, 'name') === 'TimeoutError' ? 'expired' : 'cancelled';
    return { approval_id, outcome, approved: false, error: ended.error };
  }
  const told = ended.value;
  const word = typeof told === 'boolean' ? (told ? 'approved' : 'denied') : field(told, 'outcome');
  const outcome = oneOf(word, OUTCOMES);
  if (outcome === undefined) {
    return { approval_id, outcome: 'cancelled', approved: false, error: NO_ANSWER };
  }
  return { approval_id, outcome, approved: outcome === 'approved' || outcome === 'modified' };
};

const finish = (span: Span | undefined, pending: PendingApproval, ended: Outcome): Approval => {
  const approval = conclude(pending, ended);
  const failed = approval.error !== undefined && approval.outcome !== 'expired';
  const failure = failed ? (ended.ok ? NO_ANSWER : errorType(ended.error)) : undefined;
  close(span, answerAttributes(approval, ended.ok ? ended.value : undefined), failure);
  return approval;
};

type Answered = ApprovalAnswer | boolean;

function approve(request: ApprovalRequest, ask: () => Answered): Approval;
function approve(request: ApprovalRequest, ask: () => PromiseLike<Answered>): Promise<Approval>;
function approve(
  request: ApprovalRequest,
  ask: () => Answered | PromiseLike<Answered>,
): Approval | Promise<Approval> {
  const pending = pendingFrom(request);
  const span = openFor(pending);
  let answered: Answered | PromiseLike<Answered>;
  try {
    answered = inside(contextOf(span), functionOf('approval', request, ask));
  } catch (error) {
    return finish(span, pending, { ok: false, error });
  }
  if (!isThenable(answered)) return finish(span, pending, { ok: true, value: answered });
  return Promise.resolve(answered).then(
    (value) => finish(span, pending, { ok: true, value }),
    (error: unknown) => finish(span, pending, { ok: false, error }),
  );
}

const requested = (request: ApprovalRequest): PendingApproval => {
  const pending = pendingFrom(request);
  const span = openFor(pending);
  close(span, { [ATTR.approval_outcome]: PENDING });
  const traceparent = pending.traceparent ?? traceparentOf(span);
  return traceparent === undefined ? pending : { ...pending, traceparent };
};

const answered = (pending: PendingApproval, answer: ApprovalAnswer | boolean): Approval => {
  const since = instant(field(pending, 'requested_at'));
  const span = openFor(pending, since === undefined ? undefined : new Date(since));
  return finish(span, pending, { ok: true, value: answer });
};

/**
 * Asks for approval and records it as `request_approval {action}`, from the asking to the answer. It never changes
 * the decision that required it, and never throws: where `ask` throws, or answers nothing that is known, the
 * outcome is `cancelled` (`expired` for a `TimeoutError`) and `approved` is false.
 *
 * Where the answer comes later or in another process, `approval.requested(request)` records the asking and gives
 * plain data to keep, and `approval.answered(pending, answer)` records the answer, linked to the decision.
 */
export const approval = Object.assign(approve, { requested, answered });
