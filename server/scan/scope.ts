// One agent's grants in one project, or in all of them, counted against the uses that fall in it.
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Rule } from './rules.ts';
import { createMatcher, isServer, parseRule } from './rules.ts';
import { isSayable, sayable } from './sayable.ts';
import type { Reduced, Watched } from './reduce.ts';
import { reducedFile, UNNAMED } from './reduce.ts';
import type { Client, Grants, List, Server } from './settings.ts';
import { nameOfPart, partsOf } from './shell.ts';
import type { Count } from './tally.ts';
import { createTallies, createTally } from './tally.ts';
import type { Use } from './transcript.ts';

export interface RuleRow extends Count {
  rule: string;
  list: List;
  path: string;
  /** `unknown`: the rule's form is not understood, or nothing tells what was used. */
  state: 'used' | 'unused' | 'unknown';
}

export interface ServerRow extends Count, Server {
  path: string;
  state: RuleRow['state'];
  tools: (Count & { name: string })[];
}

export interface Scope {
  client: Client;
  project: string | null;
  grants: Grants[];
  /** Counts a use. */
  take(use: Use, session: number): void;
  /** Whether a rule of this scope allows it. */
  allows(use: Use): boolean;
  /** Counts a use that no rule of any scope covers. */
  ungranted(use: Use, session: number): void;
  rows(): RuleRow[];
  servers(): ServerRow[];
  uses(): Count;
  others(): (Count & { name: string })[];
  reduced(): Reduced[];
}

/** How Claude Code spells a server's name in those of its tools. */
const toolPrefix = (server: string): string => `mcp__${server.replace(/[^A-Za-z0-9_-]/g, '_')}__`;

/** What a use would have to be granted as, the narrowest rule that reads well; null where nothing names it. */
export const permissionsOf = ({ tool, input }: Use): (string | null)[] => {
  if (tool === 'Bash') {
    const parts = partsOf(input.command ?? '').map(nameOfPart);
    const rules = parts.map((name) =>
      name !== null && isSayable(name) ? `Bash(${name}:*)` : null,
    );
    return rules.length === 0 ? [null] : [...new Set(rules)];
  }
  if (tool === 'WebFetch' && input.host !== undefined) return [`WebFetch(domain:${input.host})`];
  return [tool];
};

/** A use as so many as need a rule of their own: each part of a command does, unless one rule is for the whole of it. */
export const apart = (use: Use): Use[] => {
  if (use.tool !== 'Bash' || use.input.command === undefined) return [use];
  const whole = use.input.command.trim();
  const parts = partsOf(whole);
  return parts.length === 0
    ? [use]
    : parts.map((command) => ({ ...use, input: { command, whole } }));
};

/** Rules that stand for many, and that uses can be told apart in. */
const isBroad = ({ tool, specifier }: Rule): boolean =>
  (specifier === null && (tool === 'Bash' || tool === 'WebFetch' || isServer(tool))) ||
  (tool.startsWith('mcp__') && tool.includes('*'));

export const createScope = (
  client: Client,
  project: string | null,
  grants: Grants[],
  home: string = homedir(),
): Scope => {
  const root = project ?? join(home, '.claude');
  const watched = grants.flatMap(({ path, lists }) =>
    (Object.entries(lists) as [List, string[]][]).flatMap(([list, rules]) =>
      [...new Set(rules)].map((text): Watched => {
        const rule = parseRule(text);
        const covers = rule === null ? null : createMatcher(rule, { root, home });
        const narrower = rule !== null && isBroad(rule) ? createTallies() : null;
        return { rule, text, list, path, covers, tally: createTally(), narrower };
      }),
    ),
  );
  const all = createTally();
  const others = createTallies();
  const servers = grants.flatMap(({ path, servers: held }) =>
    held.map((server) => ({
      server,
      path,
      prefix: toolPrefix(server.name),
      tally: createTally(),
      tools: createTallies(),
    })),
  );
  const observed = (): boolean => all.count().uses > 0;

  const rowOf = (one: Watched): RuleRow => {
    const count = one.tally.count();
    const seen = count.uses > 0 ? 'used' : 'unused';
    const state = one.covers === null || !observed() ? 'unknown' : seen;
    return { rule: sayable(one.text), list: one.list, path: one.path, state, ...count };
  };

  return {
    client,
    project,
    grants,
    take(use, session) {
      const { at, refused } = use;
      all.add(session, at, refused);
      for (const one of watched) {
        if (one.covers?.(use) !== true) continue;
        one.tally.add(session, at, refused);
        if (one.narrower === null || refused) continue;
        for (const permission of permissionsOf(use))
          one.narrower.of(permission ?? UNNAMED).add(session, at, refused);
      }
      for (const { prefix, tally, tools } of servers) {
        if (!use.tool.startsWith(prefix)) continue;
        tally.add(session, at, refused);
        tools.of(sayable(use.tool.slice(prefix.length))).add(session, at, refused);
      }
    },
    allows: (use) => watched.some(({ list, covers }) => list === 'allow' && covers?.(use) === true),
    ungranted(use, session) {
      for (const permission of permissionsOf(use))
        others.of(sayable(permission ?? UNNAMED)).add(session, use.at, use.refused);
    },
    rows: () => watched.map(rowOf),
    servers: () =>
      servers.map(({ server, path, tally, tools }) => {
        const count = tally.count();
        const seen = count.uses > 0 ? 'used' : 'unused';
        return {
          ...server,
          path,
          state: observed() ? seen : 'unknown',
          ...count,
          tools: tools.counts(),
        };
      }),
    uses: () => all.count(),
    others: () => others.counts(),
    reduced: () =>
      observed()
        ? [...new Set(watched.map(({ path }) => path))].map((path) =>
            reducedFile(
              path,
              watched.filter((one) => one.path === path),
            ),
          )
        : [],
  };
};
