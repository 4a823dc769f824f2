// Microsoft's agent-governance-toolkit: evaluations of its policies and the approvals that they ask for.
import type { Convention } from './convention.ts';

const EVALUATION = 'agt.policy.evaluate';
const APPROVAL = 'agt.approval.request';

/** `agt.policy.action` → effect: to warn and to log let the action pass. Any other word is no answer. */
const EFFECTS: Readonly<Record<string, string>> = {
  allow: 'allow',
  warn: 'allow',
  log: 'allow',
  audit: 'allow',
  deny: 'deny',
  block: 'deny',
  require_approval: 'require_approval',
};

/** `agt.approval.outcome` → ours; any other word is no answer yet. */
const OUTCOMES: Readonly<Record<string, string>> = {
  approved: 'approved',
  denied: 'denied',
  rejected: 'denied',
  timeout: 'expired',
  expired: 'expired',
  cancelled: 'cancelled',
};

/** Written where no rule matched. */
const NO_RULE = 'none';

/** The toolkit names neither tool nor permission on these spans; where somebody adds `agt.tool.name`, it is read. */
export const agt: Convention = {
  dialect: 'other',
  version: 'agent-governance-toolkit, agentmesh.governance.otel_observability 1.0.0',
  keys: {
    'agt.agent.id': ['agent_identity', 40],
    'agt.tool.name': ['tool', 40],
    'agt.policy.action': ['agt_action', 90],
    'agt.policy.rule': ['agt_rule', 90],
    'agt.policy.name': ['policy', 40],
    'agt.approval.outcome': ['agt_outcome', 90],
    'agt.approval.approver': ['approver', 40],
  },
  derive: (told) => {
    const rule = told.text('agt_rule');
    const tool = told.text('tool');
    const permission = tool === null ? null : `tool:${tool}`;
    if (told.name === APPROVAL) {
      const outcome = OUTCOMES[told.text('agt_outcome') ?? ''] ?? 'pending';
      return { fact: 'approval', says: { permission, outcome, approver_type: 'user' } };
    }
    if (told.name !== EVALUATION) return null;
    const effect = EFFECTS[told.text('agt_action') ?? ''] ?? 'error';
    const rules = rule === NO_RULE ? null : rule;
    return { fact: 'decision', says: { permission, effect, rules, engine: 'agt' } };
  },
};
