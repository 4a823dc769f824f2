// The formats by name, and the one call that writes any of them: `policyOutput('cedar', input, present)`.
import { AppError } from '../errors.ts';
import { aws } from './aws.ts';
import { cedar } from './cedar.ts';
import { cerbos } from './cerbos.ts';
import { unifiedDiff } from './diff.ts';
import { json } from './json.ts';
import { mcp } from './mcp.ts';
import { oauth } from './oauth.ts';
import { ocsf } from './ocsf.ts';
import { planOf } from './plan.ts';
import { rego } from './rego.ts';
import { plain } from './say.ts';
import type { Format, FormatName, PolicyFile, PolicyInput, PolicyOutput } from './types.ts';

export const FORMATS = { aws, cedar, cerbos, json, mcp, oauth, ocsf, rego } satisfies Record<
  FormatName,
  Format
>;

export const isFormat = (name: string): name is FormatName => Object.hasOwn(FORMATS, name);

/** A policy longer than this is no file that a person reviews. */
const PRESENT_CHARS_MAX = 2 * 1024 * 1024;

/**
 * The policy in one format. With a present policy: that file with the changes made in it and the rest as it was, their
 * diff and the undo; where that cannot be done so that it does what it says, the policy written anew and a note why.
 * Throws `bad_param` for names that are no text and for a present policy that is too long.
 */
export const policyOutput = async (
  name: FormatName,
  input: PolicyInput,
  present?: PolicyFile,
): Promise<PolicyOutput> => {
  const format: Format = FORMATS[name];
  const { plan, notes } = planOf(input, format.prefixes);
  const anew = async (why: string[]): Promise<PolicyOutput> => {
    const written = await format.write(plan);
    const told = [...why, ...notes, ...written.notes];
    return { format: name, files: written.files, notes: told, diff: null, undo: present ?? null };
  };
  if (present === undefined) return anew([]);
  check(present);
  if (format.edit === undefined) return anew(['This format has no present policy to change.']);
  const edit = await format.edit(plan, present);
  if ('refused' in edit)
    return anew([
      `The present policy is not changed: ${edit.refused} What follows is a policy of its own, to be put in its place by hand.`,
    ]);
  return {
    format: name,
    files: [{ name: present.name, text: edit.text }],
    notes: [...notes, ...edit.notes],
    diff: unifiedDiff(present.name, present.text, edit.text),
    undo: present,
  };
};

const check = ({ name, text }: PolicyFile): void => {
  if (text.length > PRESENT_CHARS_MAX)
    throw new AppError('bad_param', `the present policy has over ${PRESENT_CHARS_MAX} characters`);
  if (!text.isWellFormed() || text.includes('\0'))
    throw new AppError('bad_param', 'the present policy is no text');
  // The name stands in the head of a diff, which tools read line by line.
  if (name === '' || plain(name) !== name)
    throw new AppError('bad_param', 'the present policy needs a file name on one line');
};
