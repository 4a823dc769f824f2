// The policy of an agent in one format, as schemas.
import * as v from 'valibot';
import { texts } from './cells.ts';
import { named } from './texts.ts';

/** Formats of a policy, by the names that requests give them. */
export const POLICY_FORMATS = [
  'cedar',
  'rego',
  'cerbos',
  'oauth',
  'mcp',
  'aws',
  'json',
  'ocsf',
] as const;

/** The policy that is in force, to be changed in its own text. */
export const policyBody = v.strictObject({ name: named(500), text: v.string('must be a text') });

const policyFile = v.object({ name: v.string(), text: v.string() });

export const policyAnswer = v.object({
  agent: v.string(),
  environment: v.string(),
  format: v.picklist(POLICY_FORMATS),
  /** All formats, those first that are for systems of this agent. */
  formats: v.array(v.object({ format: v.picklist(POLICY_FORMATS), fits: v.boolean() })),
  /** The recommendations that are applied in it. */
  applied: texts,
  files: v.array(policyFile),
  /** What the format cannot say and what was left out, in sentences. */
  notes: texts,
  /** Unified diff of the files against what is held now, written in the same format. */
  against_held: v.string(),
  /** Unified diff against the policy of the body; null where none was given, or none does what it says. */
  diff: v.nullable(v.string()),
  /** The policy of the body, which puts it back. */
  undo: v.nullable(policyFile),
});
export type PolicyAnswer = v.InferOutput<typeof policyAnswer>;
