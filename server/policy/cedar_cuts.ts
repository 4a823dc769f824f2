// The places of a Cedar text that change when actions leave a statement, and whether what is written says just that.
import { parseCedar, tokensOf } from './cedar_parse.ts';
import type { CedarStatement, Entity } from './cedar_parse.ts';
import { covers } from './pattern.ts';
import { cedarString, plain } from './say.ts';
import type { Plan } from './types.ts';

interface Cut {
  start: number;
  end: number;
  text: string;
}

/** For each statement that changes: actions that leave it, each with those that take its place. */
export type Gone = ReadonlyMap<CedarStatement, ReadonlyMap<Entity, readonly Entity[]>>;

export interface Change {
  text: string;
  statements: readonly CedarStatement[];
  gone: Gone;
  /** Statements behind all others. */
  added: readonly string[];
  plan: Plan;
}

/** The changed text; null where it would not read as what is meant. */
export const changedText = ({ text, statements, gone, added, plan }: Change): string | null => {
  // Places of one text never overlap: each statement, action and comma is cut once.
  const changed = [...gone]
    .flatMap(([statement, out]) => cutsOf(text, statement, out, plan))
    .sort((one, other) => other.start - one.start)
    .reduce((all, { start, end, text: put }) => all.slice(0, start) + put + all.slice(end), text);
  const end = added.length === 0 || changed === '' || changed.endsWith('\n') ? '' : '\n';
  const whole = [changed + end, ...added].join(added.length === 0 ? '' : '\n');
  const behind = saidIn(added.join('\n'));
  const reads = saidIn(whole);
  if (behind === null || reads === null) return null;
  const meant = [...statements.flatMap((one) => said(text, one, gone.get(one))), ...behind];
  return JSON.stringify(reads) === JSON.stringify(meant) ? whole : null;
};

/** No line of a policy is indented by more. */
const LINE_CHARS_MAX = 1_000;

const actionsOf = ({ action }: CedarStatement): Entity[] =>
  'entities' in action ? action.entities : [];

const staying = (one: CedarStatement, out: ReadonlyMap<Entity, readonly Entity[]>): Entity[] =>
  actionsOf(one).flatMap((entity) => out.get(entity) ?? [entity]);

const uid = ({ type, id }: Entity): string => `${type}::${cedarString(id)}`;

/** All statements of a text as their tokens, those of the actions apart; null where one is not understood. */
const saidIn = (text: string): string[] | null =>
  parseCedar(text)?.flatMap((one) => said(text, one, undefined)) ?? null;

const said = (
  text: string,
  one: CedarStatement,
  out: ReadonlyMap<Entity, readonly Entity[]> = new Map(),
): string[] => {
  const tokens = (from: number, to: number): string =>
    (tokensOf(text.slice(from, to)) ?? []).map((token) => token.text).join(' ');
  const { action, start, end } = one;
  if (!('entities' in action)) return [tokens(start, end)];
  const stays = staying(one, out);
  if (stays.length === 0) return [];
  // What takes the place of an action may need a list; one action in a list says the same as its group.
  const op = out.size > 0 && action.entities.length === 1 ? 'in' : action.op;
  return [
    `${tokens(start, action.start)} ${op} ${stays.map(uid).join(' ')} ${tokens(action.end, end)}`,
  ];
};

/** The places of one statement that change: the whole of it where no action stays. */
const cutsOf = (
  text: string,
  statement: CedarStatement,
  out: ReadonlyMap<Entity, readonly Entity[]>,
  { changes }: Plan,
): Cut[] => {
  const { action, start, end } = statement;
  const stays = staying(statement, out);
  if (stays.length === 0) {
    const why = changes
      .filter((change) => [...out.keys()].some(({ id }) => covers(change.permission, id)))
      .map(
        (one) =>
          `// ${plain(one.permission)} taken out (${plain(one.recommendation)}): ${plain(one.evidence)}`,
      );
    // The comment must not swallow a statement on the same line.
    const alone = /^[^\S\r\n]*(?:\/\/|[\r\n]|$)/.test(text.slice(end, lineEnd(text, end) + 1));
    return [{ start, end, text: why.join('\n') + (alone ? '' : '\n') }];
  }
  if (!('entities' in action)) return [];
  if (action.entities.length === 1) {
    const list = stays.map(uid).join(', ');
    return [{ start: action.start, end: action.end, text: `action in [${list}]` }];
  }
  const ends = action.entities.at(-1);
  const last = action.entities.findLast((one) => out.get(one)?.length !== 0);
  const put = [...out]
    .filter(([, list]) => list.length > 0)
    .map(([entity, list]) => ({ ...placeOf(entity), text: list.map(uid).join(', ') }));
  const left = [...out].filter(([, list]) => list.length === 0).map(([entity]) => entity);
  // A list that ended without a comma ends without one still.
  const comma = ends?.comma === undefined && last !== ends ? last?.comma : undefined;
  const places = [
    ...left.flatMap((entity) => withComma(text, entity)),
    ...(comma === undefined ? [] : [withBlanks(text, comma)]),
  ];
  return [...put, ...joined(places).map((place) => ({ ...wholeLine(text, place), text: '' }))];
};

interface Place {
  start: number;
  end: number;
}

const placeOf = ({ start, end }: Place): Place => ({ start, end });

const lineEnd = (text: string, from: number): number => {
  const end = text.slice(from).search(/[\r\n]/);
  return end < 0 ? text.length : from + end;
};

/** An action and its comma, with the blanks that parted it from its neighbour; a comment between the two stays. */
const withComma = (text: string, { start, end, comma }: Entity): Place[] => {
  if (comma === undefined) {
    const inset = /[ \t]*$/.exec(text.slice(Math.max(0, start - LINE_CHARS_MAX), start));
    return [{ start: start - (inset?.[0].length ?? 0), end }];
  }
  const behind = withBlanks(text, comma);
  if (text.slice(end, comma.start).trim() === '') return [{ start, end: behind.end }];
  return [{ start, end }, behind];
};

/** With the blanks behind it, but for those before a comment. */
const withBlanks = (text: string, { start, end }: Place): Place => {
  const rest = text.slice(end, lineEnd(text, end)).trimStart();
  return { start, end: rest.startsWith('//') ? end : lineEnd(text, end) - rest.length };
};

/** Places that touch are one. */
const joined = (places: readonly Place[]): Place[] => {
  const all: Place[] = [];
  for (const place of [...places].sort((one, other) => one.start - other.start)) {
    const before = all.at(-1);
    if (before === undefined || before.end < place.start) all.push({ ...place });
    else before.end = Math.max(before.end, place.end);
  }
  return all;
};

/** With its line, and a comment at the end of it, where nothing else stands there. */
const wholeLine = (text: string, { start, end }: Place): Place => {
  const before =
    /[^\r\n]*$/.exec(text.slice(Math.max(0, start - LINE_CHARS_MAX), start))?.[0] ?? '';
  const close = lineEnd(text, end);
  const alone = before.trim() === '' && /^\s*(?:\/\/|$)/.test(text.slice(end, close));
  if (!alone) return { start, end };
  const newline = /^(?:\r\n|\n|\r)?/.exec(text.slice(close))?.[0].length ?? 0;
  return { start: start - before.length, end: close + newline };
};
