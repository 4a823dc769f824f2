// The public types of the collector: what its calls take and give.
/// <reference lib="esnext.disposable" preserve="true" />

/** Outcome of one evaluated request. */
export type Effect = 'allow' | 'deny' | 'require_approval' | 'not_applicable' | 'error';
/** What was done with a decision: shadow ones bind nobody; the last two tell how an engine's failure was answered. */
export type Enforcement = 'enforced' | 'shadow' | 'fail_open' | 'fail_closed';
/** An RFC 3339 string, a Date, or milliseconds since 1970. */
export type Instant = string | number | Date;

/** What a task is and for whom; every field is optional and none is invented. */
export interface TaskOptions {
  /** The agent's name, the key under which all it does is shown. */
  agent?: string;
  /** One run towards one goal (`gen_ai.conversation.id`); without it the server takes the trace. */
  session?: string;
  /** The same for every try at one task. */
  task_id?: string;
  /** A short task type such as `refund`, never a prompt. */
  goal?: string;
  /** The human on whose behalf the agent acts. */
  user?: string;
  version?: string;
  /** The agent's own identity, for example a SPIFFE id or an OAuth client id, and what kind of thing it is. */
  identity?: {
    id: string;
    type?: 'workload' | 'service_account' | 'oauth_client' | 'user_delegate';
  };
}

/** A thing that is acted on. */
export interface Resource {
  type?: string;
  id?: string;
  owner?: string;
}

/** A credential by its fingerprint. */
export interface Credential {
  readonly fingerprint: string;
  readonly type?: string;
}

/** A credential that was recorded before, or the secret itself, of which only the fingerprint is taken. */
export type CredentialRef = Credential | string;

/** How an agent came to act with somebody's rights. */
export interface Delegation {
  type: 'none' | 'on_behalf_of' | 'impersonation' | 'token_exchange' | 'autonomous';
  /** RFC 8693 actors, outermost first. */
  chain?: readonly string[];
}

/** What is asked of a policy engine, and how its failure is answered. */
export interface AuthorizationRequest {
  /** `system:action`, for example `calendar:read` or `tool:send_mail`. */
  permission: string;
  /** Shown in the span's name; the permission where it is not given. */
  action?: string;
  resource?: Resource;
  required_scopes?: readonly string[];
  principal?: { id: string; type?: 'user' | 'agent' | 'service' | 'group' };
  delegation?: Delegation;
  credential?: CredentialRef;
  engine?: string;
  policy?: { id?: string; version?: string };
  /** `shadow`: the decision is recorded and binds nobody. */
  enforcement?: 'enforced' | 'shadow';
  /** What an engine that fails means: `deny` (fail closed, the default) or `allow` (fail open). */
  on_error?: 'deny' | 'allow';
  tool_call_id?: string;
  /** The engine is reached over a network: the span's kind is CLIENT. */
  remote?: boolean;
  /** The agent, where it is asked outside a task. */
  agent?: string;
}

/** A policy engine's answer; `true` and `false` stand for allow and deny. */
export interface Answer {
  effect: Exclude<Effect, 'error'>;
  /** The engine's own id of the decision. */
  decision_id?: string;
  /** The determining rules. */
  rules?: readonly string[];
  /** Low cardinality, no personal data. */
  reason?: string;
  cached?: boolean;
  engine?: string;
  policy?: { id?: string; version?: string };
}

/** A decision as it was recorded. */
export interface Decision {
  readonly decision_id: string;
  readonly effect: Effect;
  /** Whether the action may go on: allowed, or in shadow, or failed open. */
  readonly allowed: boolean;
  readonly enforcement: Enforcement;
  readonly rules: readonly string[];
  readonly reason?: string;
  /** What the engine threw, where effect is `error`. */
  readonly error?: unknown;
  /** Where it was recorded (W3C trace context), so that a later approval can link to it; absent where nothing records. */
  readonly traceparent?: string;
}

/** How a request for approval was answered. */
export type ApprovalOutcome = 'approved' | 'denied' | 'modified' | 'expired' | 'cancelled';
/** How much approval an action needs. */
export type ApprovalTier = 'auto' | 'notify' | 'single' | 'dual' | 'break_glass';
/** Where an answer came from; the three of a user tell for how long it holds. */
export type ApprovalSource =
  'policy' | 'hook' | 'user_once' | 'user_session' | 'user_always' | 'timeout';

/** What is to be approved. */
export interface ApprovalRequest {
  /** `system:action`, the same as that of the decision. */
  permission: string;
  /** Shown in the span's name; the permission where it is not given. */
  action?: string;
  /** The decision that requires it, or its id. */
  decision?: Decision | string;
  tier?: ApprovalTier;
  /** The id that the system which asks gave it; a random one where it is not given. */
  approval_id?: string;
  /** When it was asked for; now where it is not given. */
  requested_at?: Instant;
  resource?: Resource;
  tool_call_id?: string;
  /** The agent, where it is asked outside a task. */
  agent?: string;
}

/** Somebody's or something's answer; `true` and `false` stand for approved and denied. */
export interface ApprovalAnswer {
  outcome: ApprovalOutcome;
  source?: ApprovalSource;
  /** Who answered; the server keeps people under pseudonyms. */
  approver?: string;
  approver_type?: 'user' | 'service' | 'policy';
}

/** A request for approval that waits: plain data, so that it can be stored and answered by another process. */
export interface PendingApproval {
  readonly approval_id: string;
  readonly permission: string;
  readonly action: string;
  /** RFC 3339. */
  readonly requested_at: string;
  readonly decision_id?: string;
  readonly tier?: ApprovalTier;
  /** Of the decision, else of the request (W3C trace context); the answer links to it. */
  readonly traceparent?: string;
  /** What the answer's span says of agent, session and tool call. */
  readonly about: Readonly<Record<string, string>>;
}

/** An approval as it was recorded. */
export interface Approval {
  readonly approval_id: string;
  readonly outcome: ApprovalOutcome;
  /** Whether the action may go on: approved, or approved with changes. */
  readonly approved: boolean;
  /** What asking threw, where it failed; the outcome is then `cancelled`, or `expired` for a `TimeoutError`. */
  readonly error?: unknown;
}

/** Something that an agent makes and that must be gone when its task ends. */
export interface TemporaryResourceOptions {
  /** namespace, file, container, branch, … */
  type: string;
  /** As its own system names it; a random one where it is not given. */
  id?: string;
  /** When its own system removes it by itself. */
  expires_at?: Instant;
  /** Seconds from now until then. */
  expires_in?: number;
  owner?: string;
  /** The permission that making it exercises; with it, the making counts as a use. */
  permission?: string;
  /** The decision that allowed it, or its id. */
  decision?: Decision | string;
  credential?: CredentialRef;
  /** The agent, where it is made outside a task. */
  agent?: string;
}

/** What became of a temporary resource; `leaked` means that nothing removed it. */
export type CleanupOutcome = 'deleted' | 'already_absent' | 'failed' | 'skipped' | 'leaked';
/** Why it was removed then. */
export type CleanupTrigger = 'task_end' | 'ttl' | 'manual' | 'crash_recovery';

/** A temporary resource in use. Leaving a `using` block, or the end of its task, releases it too. */
export interface TemporaryResource<T> extends AsyncDisposable, Disposable {
  readonly value: T;
  readonly id: string;
  /** Runs the clean-up, once however often it is asked for. Rejects with what the clean-up throws. */
  release(options?: { trigger?: CleanupTrigger }): Promise<CleanupOutcome>;
}

/** An action that is about to be executed. */
export interface ToolOptions {
  name: string;
  /** `tool:<name>` where it is not given. */
  permission?: string;
  resource?: Resource;
  /** OAuth scopes that this use exercises. */
  required_scopes?: readonly string[];
  /** The decision that allowed it, or its id. */
  decision?: Decision | string;
  /** The credential that pays for it. */
  credential?: CredentialRef;
  call_id?: string;
  /** The agent, where the tool runs outside a task. */
  agent?: string;
}

/** What is known of a credential when it is issued or exchanged. */
export interface CredentialDetails {
  /** oauth_access_token, jwt, api_key, x509, spiffe_svid, cloud_session, … */
  type?: string;
  issuer?: string;
  audience?: string;
  /** A jti. It is recorded as a fingerprint, since an opaque token's jti can be the token itself. */
  id?: string;
  issued_at?: Instant;
  /** Neither this nor `expires_in` means that it never expires. */
  expires_at?: Instant;
  /** Seconds from `issued_at` (OAuth's `expires_in`). */
  expires_in?: number;
  /** Granted; a server may grant fewer than were requested, or none. */
  scopes?: readonly string[] | string;
  scopes_requested?: readonly string[] | string;
  /** The credential that this one was exchanged for. */
  parent?: CredentialRef;
  delegation?: Delegation;
  /** The agent, where it happens outside a task. */
  agent?: string;
}

/** One held permission; a string is a permission with resource pattern `*`. */
export type HeldPermission = string | { permission: string; resource_pattern?: string };

/** Where a snapshot of the surface comes from. */
export interface SurfaceOptions {
  /** A snapshot is all that its source grants, so each MCP server is a source of its own. */
  source: 'policy' | 'token_scopes' | 'tool_list' | 'iam' | 'config' | `mcp.${string}`;
  /** The agent, where it is taken outside a task. */
  agent?: string;
}

/** How spans are stamped. */
export interface ProcessorOptions {
  /** The agent of spans outside any task; none where it is not given. */
  agent?: string;
}
