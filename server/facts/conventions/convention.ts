// What a convention is: which wire key fills which field at which priority, and how its spans are told apart.
import type { Dialect, Fact } from '../../model/words.ts';

/** How a field's value must be kept on the wire; a value of another kind is ignored. */
export type FieldKind = 'text' | 'unique' | 'list' | 'int' | 'bool' | 'any' | 'many';

/**
 * Everything read from spans and resources. `unique` text rarely repeats, so it is not kept in the string cache;
 * `any` is a string, a list or nested values as JSON; `many` is a numbered key, of which each number is one value.
 */
export const FIELD_KINDS = {
  service: 'text',
  environment: 'text',
  owner: 'text',
  agent: 'text',
  agent_version: 'text',
  agent_identity: 'text',
  agent_parent: 'text',
  session: 'text',
  task_id: 'text',
  goal: 'text',
  user: 'text',
  tool: 'text',
  tool_call_id: 'unique',
  permission: 'text',
  required_scopes: 'list',
  resource_type: 'text',
  resource_id: 'text',
  error_type: 'text',
  http_status: 'int',
  producer_id: 'text',
  producer_seq: 'int',
  schema: 'int',
  operation: 'text',
  request_model: 'text',
  response_model: 'text',
  operation_id: 'text',
  mcp_method: 'text',
  openinference_kind: 'text',
  traceloop_kind: 'text',
  entity_name: 'text',
  entity_version: 'text',
  request_type: 'text',
  langfuse_type: 'text',
  decision_id: 'unique',
  effect: 'text',
  enforcement: 'text',
  reason: 'text',
  cached: 'bool',
  logged: 'bool',
  engine: 'text',
  policy: 'text',
  policy_version: 'text',
  rules: 'list',
  principal_id: 'text',
  principal_type: 'text',
  delegation_type: 'text',
  delegation_chain: 'list',
  approval_id: 'unique',
  tier: 'text',
  outcome: 'text',
  approval_source: 'text',
  approver: 'text',
  approver_type: 'text',
  requested_at: 'unique',
  fingerprint: 'text',
  presented: 'list',
  credential_type: 'text',
  issuer: 'text',
  audience: 'text',
  credential_id: 'unique',
  issued_at: 'unique',
  expires_at: 'unique',
  revoked_at: 'unique',
  scopes: 'list',
  scopes_requested: 'list',
  parent_fingerprint: 'text',
  surface_permissions: 'list',
  surface_source: 'text',
  surface_part: 'int',
  surface_parts: 'int',
  temp_resource_id: 'unique',
  temp_resource_type: 'text',
  temp_resource_expires_at: 'unique',
  cleanup_outcome: 'text',
  cleanup_trigger: 'text',
  tool_definitions: 'any',
  tool_schema: 'many',
  tool_function: 'many',
  fga_store: 'text',
  fga_object: 'text',
  fga_relation: 'text',
  fga_user: 'text',
  fga_allowed: 'bool',
  agt_action: 'text',
  agt_rule: 'text',
  agt_outcome: 'text',
} as const satisfies Record<string, FieldKind>;

/** The name of one thing that a span or resource can tell. */
export type Field = keyof typeof FIELD_KINDS;

/** The span that a convention looks at. */
export interface Told {
  readonly name: string;
  readonly text: (field: Field) => string | null;
  readonly has: (field: Field) => boolean;
  readonly bool: (field: Field) => boolean;
}

/** What a convention knows of a span beyond its fields; null where it says nothing. */
export interface Derived {
  fact: Fact;
  agent?: string | null;
  agent_version?: string | null;
  tool?: string | null;
  /** What it says in other words: fills fields that the span leaves empty. A list gets the one item, a truth is told by any text. */
  says?: Partial<Record<Field, string | null>>;
}

export interface Convention {
  dialect: Dialect;
  /** Version of the document or package that the keys were copied from. */
  version: string;
  /** Wire key → field and priority; the highest priority wins. `*` in a key stands for a number. */
  keys: Readonly<Record<string, readonly [field: Field, priority: number]>>;
  /** Asked only for spans that carry one of the keys; null where the keys are no reason to take the span for one of its own. */
  derive(told: Told): Derived | null;
}

/** Text behind the first word of a span's name, as in `execute_tool read_file`; null where there is none. */
export const targetOf = (name: string, operation: string): string | null =>
  name.startsWith(`${operation} `) && name.length > operation.length + 1
    ? name.slice(operation.length + 1)
    : null;
