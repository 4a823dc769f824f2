// What goes into a policy output and what comes out of it: the words that every format shares.
import type { HeldPermission } from '../model/rows.ts';

/** Names of the formats, as the API spells them. */
export type FormatName = 'aws' | 'cedar' | 'cerbos' | 'json' | 'mcp' | 'oauth' | 'ocsf' | 'rego';

/** One permission that the agent is to hold; without a condition it holds it always. `*` in either stands for any text. */
export interface Held extends HeldPermission {
  /** Tier of the approval that each use waits for: `single`, `dual`, … */
  ask_first?: string;
  /** Held only while somebody has granted it for the work at hand. */
  just_in_time?: boolean;
  /** Held only for sessions with one of these goals. */
  goals?: readonly string[];
  /** Instant from which it is held no more, RFC 3339. */
  expires_at?: string;
}

/** One permission that a recommendation takes out, narrows or puts under a condition. */
export interface Change extends HeldPermission {
  /** The recommendation's id and kind. */
  recommendation: string;
  kind: string;
  /** Why, in one line: `no use in 412 sessions, at most 0.7 % at 95 %`. */
  evidence: string;
}

/**
 * What an agent of an environment is to hold. A use is allowed when an entry of `held` covers it and its conditions
 * are met, unless a change covers it that covers nothing held (it was taken out of a wildcard that stays), and
 * unless a narrower entry of `held` that also covers it has conditions that are not met.
 */
export interface PolicyInput {
  agent: string;
  environment: string;
  /** When it was made, RFC 3339. */
  made_at: string;
  held: readonly Held[];
  changes: readonly Change[];
  /** Further permissions that are known by name: what a wildcard stands for where a format has none. */
  known?: readonly string[];
}

/** A policy that is in force, to be changed and not replaced. */
export interface PolicyFile {
  name: string;
  text: string;
}

export interface PolicyOutput {
  format: FormatName;
  files: PolicyFile[];
  /** What the format cannot say and what was left out, in sentences. */
  notes: string[];
  /** Unified diff against the present policy; null where none was given or none could be made that does what it says. */
  diff: string | null;
  /** What puts it back: the present policy as it was given. */
  undo: PolicyFile | null;
}

/** A present policy with the changes made in its own text, or why that would not do what it says. */
export type Edit = { text: string; notes: string[] } | { refused: string };

/** One format: how it is written anew, and, where it can be, how a present policy of it is changed. */
export interface Format {
  write: (plan: Plan) => Written | Promise<Written>;
  edit?: (plan: Plan, present: PolicyFile) => Edit | Promise<Edit>;
  /** How permissions begin that the format is for; all where left out. */
  prefixes?: readonly string[];
}

export type Written = Pick<PolicyOutput, 'files' | 'notes'>;

/** The input as the formats read it. */
export interface Plan extends Omit<PolicyInput, 'known'> {
  /** Changes that were taken out of a wildcard that stays. */
  denied: readonly Change[];
  /** Entries of `held` whose conditions bind what a wider one allows. */
  guards: readonly Held[];
  /** Every permission that is known by name, without a wildcard. */
  known: readonly string[];
}
