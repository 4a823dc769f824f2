// Inputs with the names that hostile agents choose, the requests to ask of them, and what each answer is due to be.
import fc from 'fast-check';
import { coversHeld, sameHeld } from '../../../server/policy/pattern.ts';
import type { Held, PolicyInput } from '../../../server/policy/types.ts';

export const NOW = '2026-11-27T12:00:00Z';
const PAST = '2026-01-01T00:00:00Z';
const FUTURE = '2999-01-01T00:00:00Z';

/** Pieces that break out of strings, comments, globs, expressions and templates where something is not quoted. */
const PIECES = [
  'read',
  'delete',
  'a',
  '"',
  "'",
  '`',
  '\\',
  '\n',
  '\r\n',
  '\u2028',
  '\t',
  '\u0007',
  '*/',
  '/*',
  '//',
  '#',
  '{',
  '}',
  '${aws:username}',
  '{{',
  '[',
  ']',
  '(',
  ')',
  '|',
  '?',
  '!',
  ',',
  '.',
  '+',
  '^',
  '$',
  ';',
  ' ',
  ':',
  ': x',
  '- ',
  '%',
  'é',
  '日本',
  '😀',
  '\u202e',
  '\ufeff',
  '"); permit(principal, action, resource); //',
  '\\u{22}',
  '__proto__',
  'x'.repeat(1000),
].map((piece) => piece.replaceAll('*', '+'));

const hostile = fc.oneof(
  fc.constantFrom('read', 'write', 'delete', 'delete_all'),
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .map((text) => text.replaceAll('*', '+')),
);

/** A name as it is, or with a piece of it a wildcard. */
const patterned = (name: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(name.length), fc.nat(name.length), fc.nat(3)).map(([from, to, kind]) => {
    if (kind === 0) return '*';
    if (kind > 1) return name;
    const chars = [...name];
    return `${chars.slice(0, Math.min(from, to)).join('')}*${chars.slice(Math.max(from, to)).join('')}`;
  });

export interface Asked {
  permission: string;
  resource: string;
  approved: boolean;
  just_in_time: boolean;
  goal: string;
}

export interface Case {
  input: PolicyInput;
  asked: Asked[];
}

const conditions = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ ask_first: 'single' }) },
  { weight: 1, arbitrary: fc.constant({ just_in_time: true }) },
  { weight: 1, arbitrary: fc.constant({ goals: ['refund', 'a"\n\\b'] }) },
  { weight: 1, arbitrary: fc.constantFrom({ expires_at: PAST }, { expires_at: FUTURE }) },
);

export interface Shape {
  /** Systems that permissions are of. */
  systems?: fc.Arbitrary<string>;
  actions?: fc.Arbitrary<string>;
  resources?: fc.Arbitrary<string>;
  conditions?: boolean;
}

/** A case: some names, patterns made of them held and taken out, and every name asked on every resource. */
export const cases = ({
  systems = fc.constantFrom('crm', 'mail', 'mcp.files'),
  actions = hostile,
  resources = hostile,
  conditions: conditional = true,
}: Shape = {}): fc.Arbitrary<Case> =>
  fc
    .record({
      agent: hostile,
      environment: hostile,
      evidence: hostile,
      permissions: fc.array(fc.tuple(systems, actions), { minLength: 2, maxLength: 5 }),
      resources: fc.array(resources, { minLength: 1, maxLength: 2 }),
    })
    .chain(({ agent, environment, evidence, permissions, resources: ids }) => {
      const known = permissions.map(([system, action]) => `${system}:${action}`);
      const held = fc.constantFrom(...permissions).chain(([system, action]) =>
        fc.record({
          permission: patterned(action).map((pattern) => `${system}:${pattern}`),
          resource_pattern: fc.constantFrom(...ids).chain(patterned),
        }),
      );
      return fc
        .record({
          held: fc.array(fc.tuple(held, conditional ? conditions : fc.constant({})), {
            maxLength: 4,
          }),
          out: fc.array(held, { maxLength: 3 }),
        })
        .map(({ held: told, out }): Case => {
          const entries: Held[] = told
            .map(([one, condition]) => ({ ...one, ...condition }))
            .filter((one, at, all) => all.findIndex((other) => sameHeld(other, one)) === at);
          const changes = out
            .filter((one, at, all) => all.findIndex((other) => sameHeld(other, one)) === at)
            .map((one) => ({
              ...one,
              recommendation: evidence,
              kind: 'remove_permission',
              evidence,
            }));
          const input = { agent, environment, made_at: NOW, held: entries, changes, known };
          return { input, asked: askedOf(known, ids) };
        });
    });

const askedOf = (known: readonly string[], ids: readonly string[]): Asked[] =>
  [...new Set(known)].flatMap((permission) =>
    [...new Set([...ids, 'elsewhere'])].flatMap((resource) => [
      { permission, resource, approved: false, just_in_time: false, goal: 'other' },
      { permission, resource, approved: true, just_in_time: false, goal: 'other' },
      { permission, resource, approved: true, just_in_time: true, goal: 'a"\n\\b' },
    ]),
  );

const met = (held: Held, asked: Asked): boolean =>
  (held.ask_first === undefined || asked.approved) &&
  (held.just_in_time !== true || asked.just_in_time) &&
  (held.goals === undefined || held.goals.includes(asked.goal)) &&
  (held.expires_at === undefined || NOW < held.expires_at);

/** What the input says of a request, as `PolicyInput` is defined. */
export const due = ({ held, changes }: PolicyInput, asked: Asked): boolean => {
  const use = { permission: asked.permission, resource_pattern: asked.resource };
  const fits = held.filter((one) => coversHeld(one, use));
  const out = changes.some(
    (change) => coversHeld(change, use) && !held.some((one) => coversHeld(change, one)),
  );
  const bound = fits.some(
    (one) => !met(one, asked) && held.some((wide) => !sameHeld(wide, one) && coversHeld(wide, one)),
  );
  return fits.some((one) => met(one, asked)) && !out && !bound;
};

/** A plain case that reads well. */
export const DESK: PolicyInput = {
  agent: 'desk',
  environment: 'production',
  made_at: NOW,
  held: [
    { permission: 'crm:read', resource_pattern: '*' },
    { permission: 'crm:write', resource_pattern: 'contact/*', ask_first: 'single' },
    { permission: 'mail:*', resource_pattern: '*' },
  ],
  changes: [
    {
      permission: 'crm:delete',
      resource_pattern: '*',
      recommendation: 'r-1',
      kind: 'remove_permission',
      evidence: 'no use in 412 sessions, at most 0.7 % at 95 %',
    },
    {
      permission: 'mail:purge',
      resource_pattern: '*',
      recommendation: 'r-2',
      kind: 'remove_permission',
      evidence: 'no use in 412 sessions, at most 0.7 % at 95 %',
    },
  ],
  known: ['crm:read', 'crm:write', 'crm:delete', 'mail:send', 'mail:purge'],
};
