// AWS IAM: an identity policy with wildcards written out, and a second one for what is granted on request.
import { coversAction, expand, isAction, isListed, lower } from './aws_actions.ts';
import { editAws } from './aws_edit.ts';
import { covers, isPattern, overlaps } from './pattern.ts';
import { jsonText, names } from './say.ts';
import type { Change, Format, Held, Plan, Written } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

/** AWS counts a managed policy's characters without white space, and takes no more than these. */
const POLICY_CHARS_MAX = 6_144;
const PREFIX = 'aws:';

export interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

export const awsAction = (permission: string): string => permission.slice(PREFIX.length);

/** A pattern as IAM reads it: `?` and `${` stand for themselves only when written so. */
export const awsResource = (pattern: string): string =>
  pattern.replace(/\?|\$(?=\{)/g, (char) => `\${${char}}`);

const isResource = (pattern: string): boolean =>
  pattern === '*' || /^arn:[^:]*:[^:]*:[^:]*:[^:]*:[\s\S]+$/.test(pattern);

export const isSayable = ({ permission, resource_pattern }: HeldPermission): boolean =>
  isAction(awsAction(permission)) && isResource(resource_pattern);

/** Whether taking this out can be done by leaving actions out: no wildcard stays and the whole resource is meant. */
const leavesOut = (out: HeldPermission, from: HeldPermission): boolean =>
  covers(out.resource_pattern, from.resource_pattern);

/** Allow statements of some entries, one for each resource and expiry, without what is taken out of their wildcards. */
const allows = async (
  held: readonly Held[],
  out: readonly HeldPermission[],
  sid: string,
): Promise<Statement[]> => {
  const groups = new Map<string, Statement>();
  for (const one of held) {
    const { actions } = await expand(awsAction(one.permission));
    const cut = out.filter((other) => leavesOut(other, one) && other !== one);
    const left = actions.filter(
      (action) => !cut.some((other) => coversAction(awsAction(other.permission), action)),
    );
    const key = `${one.resource_pattern}|${one.expires_at ?? ''}`;
    const statement = groups.get(key) ?? {
      Sid: `${sid}${groups.size + 1}`,
      Effect: 'Allow',
      Action: [],
      Resource: awsResource(one.resource_pattern),
      ...(one.expires_at !== undefined && {
        Condition: { DateLessThan: { 'aws:CurrentTime': instant(one.expires_at) } },
      }),
    };
    statement.Action = [...new Set([...statement.Action, ...left])].sort();
    if (statement.Action.length > 0) groups.set(key, statement);
  }
  return [...groups.values()];
};

/** What must be denied since a wildcard that stays, or a wider resource, allows it. */
const needsDeny = async (
  held: readonly Held[],
  out: readonly HeldPermission[],
): Promise<HeldPermission[]> => {
  const needed = new Set<HeldPermission>();
  for (const one of held) {
    const { actions } = await expand(awsAction(one.permission));
    for (const other of out) {
      if (one === other || !overlaps(one.resource_pattern, other.resource_pattern)) continue;
      const action = awsAction(other.permission);
      const met = actions.filter((each) => overlaps(lower(each), lower(action)));
      const cut = leavesOut(other, one) && met.every((each) => coversAction(action, each));
      if (met.length > 0 && !cut) needed.add(other);
    }
  }
  return [...needed];
};

const denies = (out: readonly (HeldPermission & Partial<Held>)[]): Statement[] =>
  out.map((one, at) => ({
    Sid: `FootprintDeny${at + 1}`,
    Effect: 'Deny',
    Action: [awsAction(one.permission)],
    Resource: awsResource(one.resource_pattern),
    ...(one.expires_at !== undefined &&
      isTimed(one) && {
        Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': instant(one.expires_at) } },
      }),
  }));

/** Under no condition but one that IAM knows: the time. */
const isTimed = (one: Partial<Held>): boolean =>
  one.ask_first === undefined && one.just_in_time !== true && one.goals === undefined;

const instant = (text: string): string => new Date(text).toISOString();

const policyText = (statements: readonly Statement[]): string =>
  jsonText({ Version: '2012-10-17', Statement: statements });

const write = async (plan: Plan): Promise<Written> => {
  const unsaid = [...plan.held, ...plan.denied].filter((one) => !isSayable(one));
  const held = plan.held.filter(isSayable);
  const denied: Change[] = plan.denied.filter(isSayable);
  const on_request = held.filter((one) => !isTimed(one));
  const standing = held.filter(isTimed);
  const guards = plan.guards.filter(isSayable);
  const out = [...denied, ...guards];
  const denied_first = await needsDeny(standing, out);
  const stand = [...(await allows(standing, out, 'FootprintAllow')), ...denies(denied_first)];
  const ask = [
    ...(await allows(on_request, denied, 'FootprintRequest')),
    ...denies(await needsDeny(on_request, denied)),
  ];
  const files = [
    { name: 'policy.json', text: policyText(stand) },
    ...(ask.length === 0 ? [] : [{ name: 'policy-on-request.json', text: policyText(ask) }]),
  ];
  return { files, notes: await notesOf({ held, on_request, unsaid, files, stand, denied_first }) };
};

interface Told {
  held: readonly Held[];
  on_request: readonly Held[];
  unsaid: readonly HeldPermission[];
  files: Written['files'];
  stand: readonly Statement[];
  denied_first: readonly HeldPermission[];
}

const notesOf = async (told: Told): Promise<string[]> => {
  const { held, on_request, unsaid, files, stand, denied_first } = told;
  const kept: string[] = [];
  const unlisted: string[] = [];
  for (const { permission } of held) {
    const action = awsAction(permission);
    if (isPattern(action) && !(await expand(action)).whole) kept.push(action);
    if (!isPattern(action) && !(await isListed(action))) unlisted.push(action);
  }
  const blocked = on_request.filter((one) => denied_first.includes(one));
  const long = files.filter(({ text }) => text.replace(/\s/g, '').length > POLICY_CHARS_MAX);
  const note = (list: readonly unknown[], text: string): string[] =>
    list.length === 0 ? [] : [text];
  const of = (list: readonly HeldPermission[]): string =>
    names(list.map(({ permission, resource_pattern }) => `${permission} on ${resource_pattern}`));
  return [
    ...note(
      stand,
      'An identity policy says nothing of who else holds it: attach it to the role of this agent alone.',
    ),
    ...note(
      unsaid,
      `Left out, since IAM has no such action or the resource is no ARN: ${of(unsaid)}.`,
    ),
    ...note(
      kept,
      `Wildcards that stand for too many actions, or for a service that the catalogue does not list, stay: ${names(kept)}.`,
    ),
    ...note(unlisted, `Not in the catalogue of AWS's actions: ${names(unlisted)}.`),
    ...note(
      on_request,
      `IAM cannot ask first nor know a goal: ${of(on_request)} stand in policy-on-request.json, to be attached for the time of one task.`,
    ),
    ...note(
      blocked,
      `A Deny of policy.json also stops ${of(blocked)} on request: take that statement out for the time of the task.`,
    ),
    ...note(
      long,
      `Longer than the ${POLICY_CHARS_MAX} characters of one managed policy: ${names(long.map(({ name }) => name))}; attach it in parts.`,
    ),
  ];
};

export const aws: Format = { prefixes: [PREFIX], write, edit: editAws };
