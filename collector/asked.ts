// Approvals that a framework asks for by the id of a tool call: told once, whoever answers, and in whichever process.
import { context } from '@opentelemetry/api';
import { ATTR } from './attributes.ts';
import { approval } from './approval.ts';
import { authorize } from './authorize.ts';
import { guard } from './guard.ts';
import { taskOf } from './span.ts';
import type { ApprovalOutcome, PendingApproval } from './types.ts';

/** Calls remembered; the oldest are forgotten, and an answer to one is told without the time of its asking. */
const MAX_REMEMBERED = 10_000;

/** A tool call that a framework holds back. */
export interface HeldCall {
  call_id: string;
  tool: string;
  agent?: string | undefined;
}

/** What became of a tool call before it was executed. */
export interface Asked {
  /** The framework's rule requires an approval, allows or denies; returns the id of that decision. */
  decide: (call: HeldCall, effect: 'require_approval' | 'allow' | 'deny', rule: string) => string;
  /** Somebody answered; returns the id of the decision that was answered. Where nobody was asked here, by another process. */
  answer: (call: HeldCall, outcome: ApprovalOutcome) => string;
  /** The decision on this call, undefined where there was none. */
  decisionOn: (call_id: string) => string | undefined;
  /** Whether somebody is being waited for. */
  isWaiting: (call_id: string) => boolean;
}

interface Remembered {
  decision: string;
  pending?: PendingApproval | undefined;
}

/** The same in every process of a session, so that an answer finds the decision. */
const idOf = (call_id: string): string => {
  const session = guard(
    'reading a task',
    () => taskOf(context.active())?.[ATTR.session_id],
    undefined,
  );
  return session === undefined ? call_id : `${session}/${call_id}`;
};

/** The approvals of one framework, named as the policy. */
export const createAsked = (policy: string): Asked => {
  const calls = new Map<string, Remembered>();
  const remember = (id: string, entry: Remembered): string => {
    const [oldest] = calls.keys();
    if (oldest !== undefined && calls.size >= MAX_REMEMBERED) calls.delete(oldest);
    calls.set(id, entry);
    return entry.decision;
  };
  return {
    decide: ({ call_id, tool, agent }, effect, rule) => {
      const id = idOf(call_id);
      const known = calls.get(id);
      if (known !== undefined) return known.decision;
      const about = {
        permission: `tool:${tool}`,
        action: tool,
        tool_call_id: call_id,
        ...(agent === undefined ? {} : { agent }),
      };
      const answer = { effect, decision_id: id, rules: [rule], engine: 'harness' };
      const decision = authorize(about, () => ({ ...answer, policy: { id: policy } }));
      if (effect !== 'require_approval') return remember(id, { decision: id });
      const asking = { ...about, decision, approval_id: id, tier: 'single' as const };
      return remember(id, { decision: id, pending: approval.requested(asking) });
    },
    answer: ({ call_id, tool, agent }, outcome) => {
      const id = idOf(call_id);
      const known = calls.get(id);
      if (known !== undefined && known.pending === undefined) return known.decision;
      const given = { outcome, source: 'user_once' as const, approver_type: 'user' as const };
      if (known?.pending !== undefined) approval.answered(known.pending, given);
      else {
        const about = { permission: `tool:${tool}`, action: tool, tool_call_id: call_id };
        const asking = { ...about, decision: id, approval_id: id, tier: 'single' as const };
        approval({ ...asking, ...(agent === undefined ? {} : { agent }) }, () => given);
      }
      return remember(id, { decision: id });
    },
    decisionOn: (call_id) => calls.get(idOf(call_id))?.decision,
    isWaiting: (call_id) => calls.get(idOf(call_id))?.pending !== undefined,
  };
};
