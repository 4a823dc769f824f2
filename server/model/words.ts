// The closed sets of words that the design fixes: the same in code, SQL, API and pages.

export const EFFECTS = ['allow', 'deny', 'require_approval', 'not_applicable', 'error'] as const;
/** The outcome of one evaluated request. */
export type Effect = (typeof EFFECTS)[number];

export const VERDICTS = [
  'used_not_granted',
  'grant_unknown',
  'used',
  'exempt',
  'unobservable',
  'too_young',
  'rare',
  'insufficient',
  'unused',
] as const;
/** What the evidence says of one permission of one agent. */
export type Verdict = (typeof VERDICTS)[number];

export const RISKS = [
  'read',
  'write',
  'destructive',
  'external',
  'execute',
  'share',
  'credential',
] as const;
/** The class of a permission; weight 1 (read), 3 (write) or 10 (all others). */
export type Risk = (typeof RISKS)[number];

export const RECOMMENDATION_KINDS = [
  'separate_identity',
  'remove_permission',
  'narrow_permission',
  'narrow_resource',
  'split_token',
  'shorten_ttl',
  'just_in_time',
  'task_scope',
  'raise_tier',
  'lower_tier',
  'cleanup',
] as const;
/** What is proposed, one kind each; in the order in which they are listed. */
export type RecommendationKind = (typeof RECOMMENDATION_KINDS)[number];

export const RECOMMENDATION_STATES = [
  'open',
  'accepted',
  'announced',
  'asked_first',
  'removed',
  'verified',
  'regressed',
  'restored',
  'dismissed',
  'closed',
] as const;
/** What became of a proposal: by people up to `removed`, `restored` and `dismissed`; the others telemetry finds. */
export type RecommendationState = (typeof RECOMMENDATION_STATES)[number];

export const GRANT_KINDS = ['tool_list', 'token', 'snapshot', 'import'] as const;
/** How a grant became known. */
export type GrantKind = (typeof GRANT_KINDS)[number];

export const FACTS = [
  'agent',
  'model',
  'action',
  'decision',
  'approval',
  'credential',
  'surface',
  'cleanup',
  'other',
] as const;
/** What one span tells of. */
export type Fact = (typeof FACTS)[number];

export const DIALECTS = [
  'footprint',
  'gen_ai',
  'mcp',
  'openinference',
  'openllmetry',
  'ai_sdk',
  'other',
] as const;
/** The conventions that a span was written in. */
export type Dialect = (typeof DIALECTS)[number];

/** The workspace that exists at first start, into which loopback ingest without a key goes. */
export const DEFAULT_WORKSPACE = 'default';

/** The environment of spans whose resource names none. */
export const DEFAULT_ENVIRONMENT = 'default';
