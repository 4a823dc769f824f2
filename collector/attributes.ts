// The wire names: every attribute and span name that Footprint itself puts on spans, schema 1.

/** Value of `footprint.schema` on spans written by this version of the names. */
export const SCHEMA = 1;

/** Attributes in the `footprint.` namespace; values are strings, ints, booleans or string lists, instants RFC 3339. */
export const ATTR = {
  schema: 'footprint.schema',
  producer_id: 'footprint.producer.id',
  producer_seq: 'footprint.producer.seq',
  agent_identity_id: 'footprint.agent.identity.id',
  agent_identity_type: 'footprint.agent.identity.type',
  agent_parent: 'footprint.agent.parent',
  session_id: 'footprint.session.id',
  session_task_id: 'footprint.session.task_id',
  session_goal: 'footprint.session.goal',
  principal_id: 'footprint.principal.id',
  principal_type: 'footprint.principal.type',
  delegation_type: 'footprint.delegation.type',
  delegation_chain: 'footprint.delegation.chain',
  permission: 'footprint.permission',
  permission_required_scopes: 'footprint.permission.required_scopes',
  resource_type: 'footprint.resource.type',
  resource_id: 'footprint.resource.id',
  resource_owner: 'footprint.resource.owner',
  decision_id: 'footprint.decision.id',
  decision_effect: 'footprint.decision.effect',
  decision_enforcement: 'footprint.decision.enforcement',
  decision_reason: 'footprint.decision.reason',
  decision_cached: 'footprint.decision.cached',
  decision_logged: 'footprint.decision.logged',
  policy_engine: 'footprint.policy.engine',
  policy_id: 'footprint.policy.id',
  policy_version: 'footprint.policy.version',
  policy_rules: 'footprint.policy.rules',
  approval_id: 'footprint.approval.id',
  approval_tier: 'footprint.approval.tier',
  approval_outcome: 'footprint.approval.outcome',
  approval_source: 'footprint.approval.source',
  approval_approver: 'footprint.approval.approver',
  approval_approver_type: 'footprint.approval.approver_type',
  approval_requested_at: 'footprint.approval.requested_at',
  credential_fingerprint: 'footprint.credential.fingerprint',
  credential_type: 'footprint.credential.type',
  credential_issuer: 'footprint.credential.issuer',
  credential_audience: 'footprint.credential.audience',
  credential_id: 'footprint.credential.id',
  credential_issued_at: 'footprint.credential.issued_at',
  credential_expires_at: 'footprint.credential.expires_at',
  credential_revoked_at: 'footprint.credential.revoked_at',
  credential_scopes: 'footprint.credential.scopes',
  credential_scopes_requested: 'footprint.credential.scopes_requested',
  credential_parent: 'footprint.credential.parent',
  surface_permissions: 'footprint.surface.permissions',
  surface_source: 'footprint.surface.source',
  surface_part: 'footprint.surface.part',
  surface_parts: 'footprint.surface.parts',
  temp_resource_id: 'footprint.temp_resource.id',
  temp_resource_type: 'footprint.temp_resource.type',
  temp_resource_expires_at: 'footprint.temp_resource.expires_at',
  cleanup_outcome: 'footprint.cleanup.outcome',
  cleanup_trigger: 'footprint.cleanup.trigger',
} as const;

/** First word of a span's name, before the action, the credential's type or the resource's type. */
export const SPAN = {
  authorize: 'authorize',
  request_approval: 'request_approval',
  issue_credential: 'issue_credential',
  exchange_credential: 'exchange_credential',
  use_credential: 'use_credential',
  revoke_credential: 'revoke_credential',
  acquire: 'acquire',
  cleanup: 'cleanup',
  surface_snapshot: 'surface_snapshot',
} as const;

/** Most permissions in one `surface_snapshot` span; larger surfaces are sent in parts. */
export const MAX_SURFACE_PERMISSIONS = 500;
