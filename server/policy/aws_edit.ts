// Changes a present IAM policy in its own text: actions leave the statements that name them, the rest is denied.
import { awsAction, awsResource, isSayable } from './aws.ts';
import { coversAction, expand, lower } from './aws_actions.ts';
import { isRecord, openJson, record, textsOf } from './jsonc.ts';
import type { Json, JsonFile } from './jsonc.ts';
import { covers, overlaps } from './pattern.ts';
import { names } from './say.ts';
import type { Left } from './what_stays.ts';
import { leftOf } from './what_stays.ts';
import type { Edit, Held, Plan, PolicyFile } from './types.ts';

/** One Allow statement as far as it is understood; without actions or resources where it tells what it does not mean. */
interface Allow {
  statement: Json;
  actions: string[] | null;
  resources: string[] | null;
}

export const editAws = async (plan: Plan, { text }: PolicyFile): Promise<Edit> => {
  const file = openJson(text);
  if ('refused' in file) return file;
  const statements = record(file.value())['Statement'];
  const list = Array.isArray(statements) ? (statements as unknown[]) : [statements];
  if (!list.every(isRecord) || list.length === 0) return { refused: 'It has no statements.' };
  if (list.some((one) => 'Principal' in one || 'NotPrincipal' in one))
    return { refused: 'It is the policy of a resource, which speaks of several principals.' };
  const lefts = leftOf(plan);
  const unsaid = [
    ...plan.changes,
    ...lefts.flatMap(({ kept, bound }) => [...kept, ...bound]),
  ].filter((one) => !isSayable(one));
  if (unsaid.length > 0)
    return {
      refused: `IAM cannot name ${names(unsaid.map(({ permission }) => permission))} on its resource.`,
    };
  const changed = await changedStatements(list, lefts);
  if ('refused' in changed) return changed;
  if (changed.statements.every((one) => one === null) && changed.added.length === 0)
    return { refused: 'Nothing of it stays: detach it.' };
  if (!Array.isArray(statements)) file.set(['Statement'], [statements]);
  apply(file, list, changed);
  return file.edit(changed.notes);
};

interface Changed {
  /** The actions of each statement; null where it goes, undefined where it stays as it is. */
  statements: (string[] | null | undefined)[];
  added: Json[];
  notes: string[];
}

const changedStatements = async (
  list: readonly Json[],
  lefts: readonly Left[],
): Promise<Changed | { refused: string }> => {
  const changed: Changed = { statements: list.map(() => undefined), added: [], notes: [] };
  const denied: string[] = [];
  const missing: string[] = [];
  for (const left of lefts) {
    const { change } = left;
    const action = awsAction(change.permission);
    let met = false;
    let wide = false;
    for (const [at, statement] of list.entries()) {
      if (statement['Effect'] !== 'Allow') continue;
      const current = changed.statements[at];
      if (current === null) continue;
      const allow = allowOf(statement, current);
      if (!touches(allow, action, awsResource(change.resource_pattern))) continue;
      met = true;
      const rest = takenOut(allow, left);
      if (rest === null) wide = true;
      else {
        changed.statements[at] = rest.actions.length === 0 ? null : rest.actions;
        changed.added.push(...rest.added);
      }
    }
    if (!met) missing.push(change.permission);
    if (!wide) continue;
    const deny = await denyOf(left);
    if (deny === null)
      return {
        refused: `A wider statement grants ${names([change.permission])} too, and what stays of it cannot be told apart.`,
      };
    changed.added.push(deny);
    denied.push(change.permission);
  }
  const sids = new Set(list.map((one) => one['Sid']));
  for (const one of changed.added) one['Sid'] = freshSid(sids);
  if (denied.length > 0)
    changed.notes.push(
      `Statements grant more than ${names(denied)} and stay as they are; a Deny takes these out, which also holds against other policies of the same role.`,
    );
  if (missing.length > 0)
    changed.notes.push(`Not granted by the present policy: ${names(missing)}.`);
  const bound = lefts.flatMap((left) => left.bound.map(({ permission }) => permission));
  if (bound.length > 0)
    changed.notes.push(
      `IAM knows no such condition, so this policy does not grant it any more: attach it for one task (${names(bound)}).`,
    );
  changed.notes.push('Every principal that this policy is attached to loses the same.');
  return changed;
};

const freshSid = (sids: Set<unknown>): string => {
  for (let at = 1; ; at += 1) {
    const sid = `Footprint${at}`;
    if (sids.has(sid)) continue;
    sids.add(sid);
    return sid;
  }
};

const allowOf = (statement: Json, current: string[] | undefined): Allow => ({
  statement,
  actions: current ?? ('Action' in statement ? textsOf(statement['Action']) : null),
  resources: 'Resource' in statement ? textsOf(statement['Resource']) : null,
});

/** Whether a statement may allow some of it; what tells what it does not mean may. `?` stands for any character. */
const touches = ({ actions, resources }: Allow, action: string, resource: string): boolean =>
  (actions === null || actions.some((one) => overlaps(loose(one), lower(action)))) &&
  (resources === null || resources.some((one) => overlaps(loose(one), loose(resource))));

/** A pattern that covers at least as much, for all that IAM reads otherwise than we do. */
const loose = (pattern: string): string => lower(pattern).replace(/\$\{[^}]*\}|\?/g, '*');

/** The statement's actions without it and what must be added for what stays; null where only a Deny can. */
const takenOut = (
  { statement, actions, resources }: Allow,
  { change, kept }: Left,
): { actions: string[]; added: Json[] } | null => {
  if (actions === null || resources === null) return null;
  const pattern = awsResource(change.resource_pattern);
  if (!resources.every((one) => covers(pattern, one))) return null;
  const action = awsAction(change.permission);
  const touched = actions.filter((one) => overlaps(loose(one), lower(action)));
  if (!touched.every((one) => coversAction(action, one))) return null;
  const stays = kept.filter((held) =>
    touched.some((one) => coversAction(one, awsAction(held.permission))),
  );
  const here = stays.filter((held) =>
    resources.every((one) => covers(awsResource(held.resource_pattern), one)),
  );
  const elsewhere = stays.filter(
    (held) =>
      !here.includes(held) &&
      resources.some((one) => covers(one, awsResource(held.resource_pattern))),
  );
  const rest = actions.filter((one) => !touched.includes(one));
  const names = here.map(({ permission }) => awsAction(permission));
  return {
    actions: [...rest, ...names.filter((one) => !rest.some((other) => coversAction(other, one)))],
    added: elsewhere.map((held) => narrowed(statement, held)),
  };
};

/** The same statement for less. */
const narrowed = (statement: Json, held: Held): Json => ({
  Sid: '',
  Effect: 'Allow',
  Action: [awsAction(held.permission)],
  Resource: awsResource(held.resource_pattern),
  ...('Condition' in statement && { Condition: statement['Condition'] }),
});

const denyOf = async ({ change, kept }: Left): Promise<Json | null> => {
  const action = awsAction(change.permission);
  const Resource = awsResource(change.resource_pattern);
  if (kept.length === 0) return { Sid: '', Effect: 'Deny', Action: [action], Resource };
  const { actions, whole } = await expand(action);
  // What stays on some resources only cannot be left out of a Deny of actions.
  if (!whole || kept.some((held) => !covers(held.resource_pattern, change.resource_pattern)))
    return null;
  const out = actions.filter(
    (one) => !kept.some((held) => coversAction(awsAction(held.permission), one)),
  );
  return { Sid: '', Effect: 'Deny', Action: out, Resource };
};

const apply = (file: JsonFile, list: readonly Json[], { statements, added }: Changed): void => {
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const actions = statements[at];
    const before = textsOf(list[at]?.['Action']) ?? [];
    if (actions === null) file.remove(['Statement', at]);
    else if (actions !== undefined)
      rewrite(file, ['Statement', at, 'Action'], before, actions, list[at]);
  }
  for (const statement of added) file.push(['Statement'], statement);
};

const rewrite = (
  file: JsonFile,
  path: (string | number)[],
  before: readonly string[],
  after: readonly string[],
  statement: Json | undefined,
): void => {
  if (!Array.isArray(statement?.['Action'])) {
    file.set(path, after.length === 1 ? after[0] : after);
    return;
  }
  for (let at = before.length - 1; at >= 0; at -= 1)
    if (!after.includes(before[at] ?? '')) file.remove([...path, at]);
  for (const one of after) if (!before.includes(one)) file.push(path, one);
};
