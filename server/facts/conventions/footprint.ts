// Our own names: decisions, approvals, tokens, surfaces and the stamps on uses.
import { ATTR, SPAN } from '../../../collector/attributes.ts';
import type { Convention, Derived, Told } from './convention.ts';

/** Whether a span's name is a word of ours, alone or before what it is about. */
export const isNamed = (name: string, word: string): boolean =>
  name.startsWith(word) && (name.length === word.length || name[word.length] === ' ');

/** Names alone mean nothing here: `derive` is asked only where a span carries a key of ours. */
export const footprint: Convention = {
  dialect: 'footprint',
  version: 'schema 1',
  keys: {
    [ATTR.schema]: ['schema', 100],
    [ATTR.producer_id]: ['producer_id', 100],
    [ATTR.producer_seq]: ['producer_seq', 100],
    [ATTR.agent_identity_id]: ['agent_identity', 100],
    [ATTR.agent_parent]: ['agent_parent', 100],
    [ATTR.session_id]: ['session', 100],
    [ATTR.session_task_id]: ['task_id', 100],
    [ATTR.session_goal]: ['goal', 100],
    [ATTR.principal_id]: ['principal_id', 100],
    [ATTR.principal_type]: ['principal_type', 100],
    [ATTR.delegation_type]: ['delegation_type', 100],
    [ATTR.delegation_chain]: ['delegation_chain', 100],
    [ATTR.permission]: ['permission', 100],
    [ATTR.permission_required_scopes]: ['required_scopes', 100],
    [ATTR.resource_type]: ['resource_type', 100],
    [ATTR.resource_id]: ['resource_id', 100],
    [ATTR.decision_id]: ['decision_id', 100],
    [ATTR.decision_effect]: ['effect', 100],
    [ATTR.decision_enforcement]: ['enforcement', 100],
    [ATTR.decision_reason]: ['reason', 100],
    [ATTR.decision_cached]: ['cached', 100],
    [ATTR.policy_engine]: ['engine', 100],
    [ATTR.policy_id]: ['policy', 100],
    [ATTR.policy_version]: ['policy_version', 100],
    [ATTR.policy_rules]: ['rules', 100],
    [ATTR.approval_id]: ['approval_id', 100],
    [ATTR.approval_tier]: ['tier', 100],
    [ATTR.approval_outcome]: ['outcome', 100],
    [ATTR.approval_source]: ['approval_source', 100],
    [ATTR.approval_approver]: ['approver', 100],
    [ATTR.approval_approver_type]: ['approver_type', 100],
    [ATTR.approval_requested_at]: ['requested_at', 100],
    [ATTR.credential_fingerprint]: ['fingerprint', 100],
    [ATTR.credential_type]: ['credential_type', 100],
    [ATTR.credential_issuer]: ['issuer', 100],
    [ATTR.credential_audience]: ['audience', 100],
    [ATTR.credential_id]: ['credential_id', 100],
    [ATTR.credential_issued_at]: ['issued_at', 100],
    [ATTR.credential_expires_at]: ['expires_at', 100],
    [ATTR.credential_revoked_at]: ['revoked_at', 100],
    [ATTR.credential_scopes]: ['scopes', 100],
    [ATTR.credential_scopes_requested]: ['scopes_requested', 100],
    [ATTR.credential_parent]: ['parent_fingerprint', 100],
    [ATTR.surface_permissions]: ['surface_permissions', 100],
    [ATTR.surface_source]: ['surface_source', 100],
    [ATTR.surface_part]: ['surface_part', 100],
    [ATTR.surface_parts]: ['surface_parts', 100],
    [ATTR.temp_resource_id]: ['temp_resource_id', 100],
    [ATTR.temp_resource_type]: ['temp_resource_type', 100],
    [ATTR.temp_resource_expires_at]: ['temp_resource_expires_at', 100],
    [ATTR.cleanup_outcome]: ['cleanup_outcome', 100],
    [ATTR.cleanup_trigger]: ['cleanup_trigger', 100],
  },
  derive: (told) => whatItIs(told),
};

const whatItIs = (told: Told): Derived | null => {
  const { name } = told;
  if (isNamed(name, SPAN.authorize) || told.has('effect')) return { fact: 'decision' };
  if (isNamed(name, SPAN.request_approval) || told.has('outcome')) return { fact: 'approval' };
  if (
    isNamed(name, SPAN.issue_credential) ||
    isNamed(name, SPAN.exchange_credential) ||
    isNamed(name, SPAN.revoke_credential)
  ) {
    return { fact: 'credential' };
  }
  if (isNamed(name, SPAN.surface_snapshot) || told.has('surface_permissions')) {
    return { fact: 'surface' };
  }
  return isNamed(name, SPAN.cleanup) ? { fact: 'cleanup' } : null;
};

/** A span of no other kind that carries a permission or a decision's id is a use: an HTTP or database call, say. */
export const isStampedUse = (told: Told): boolean =>
  told.has('permission') || told.has('decision_id');
