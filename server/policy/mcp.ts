// MCP clients: Claude Code's lists allow, ask and deny, and each server's tools for clients that take a list of them.
import { covers, isPattern } from './pattern.ts';
import { isConditional } from './plan.ts';
import { editMcp } from './mcp_edit.ts';
import { jsonText, names } from './say.ts';
import type { Format, Held, Plan, Written } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

/** How a rule of Claude Code's names a tool of its own. */
const OWN_TOOL = /^[A-Za-z][\w-]*$/;
const SERVER = 'mcp.';
const TOOL = 'tool:';

/** How Claude Code spells names of servers and tools in a rule. */
const spelt = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, '_');

export type ListName = 'allow' | 'ask' | 'deny';

/** The rule of a permission, or null where none says it: `mcp.files:read` is `mcp__files__read`, `tool:Read` is `Read`. */
export const ruleOf = ({ permission, resource_pattern }: HeldPermission): string | null => {
  if (resource_pattern !== '*') return null;
  if (permission.startsWith(TOOL)) {
    const tool = permission.slice(TOOL.length);
    return OWN_TOOL.test(tool) && !tool.startsWith('mcp__') ? tool : null;
  }
  const named = serverTool(permission);
  if (named === null || isPattern(named.server)) return null;
  const prefix = `mcp__${spelt(named.server)}`;
  if (named.tool === '*') return prefix;
  return isPattern(named.tool) ? null : `${prefix}__${spelt(named.tool)}`;
};

export const serverTool = (permission: string): { server: string; tool: string } | null => {
  const colon = permission.indexOf(':');
  if (!permission.startsWith(SERVER) || colon <= SERVER.length) return null;
  const tool = permission.slice(colon + 1);
  return tool === '' ? null : { server: permission.slice(SERVER.length, colon), tool };
};

/** What covers a name as a client reads it: a wildcard inside a name stands for the tools known by name. */
const spread = (one: HeldPermission, plan: Plan): HeldPermission[] =>
  ruleOf(one) !== null || !isPattern(one.permission)
    ? [one]
    : plan.known
        .filter((permission) => covers(one.permission, permission))
        .map((permission) => ({ ...one, permission }));

interface Lists {
  allow: string[];
  ask: string[];
  deny: string[];
}

const listsOf = (plan: Plan): { lists: Lists; unsaid: HeldPermission[]; mixed: string[] } => {
  const rules = (entries: readonly HeldPermission[]): string[] =>
    entries
      .flatMap((one) => spread(one, plan).map((each) => ruleOf(each)))
      .filter((rule) => rule !== null);
  const conditional = (held: Held): boolean => isConditional(held);
  const allowed = new Set(rules(plan.held.filter((one) => !conditional(one))));
  const asked = new Set(rules(plan.held.filter(conditional)));
  const denied = new Set(rules(plan.denied));
  // Whatever a resource narrows is asked for, since a rule cannot look at it.
  const narrowed = [...plan.held, ...plan.denied].filter(
    ({ resource_pattern }) => resource_pattern !== '*',
  );
  for (const one of narrowed)
    for (const each of rules([{ ...one, resource_pattern: '*' }]))
      if (!allowed.has(each) || plan.denied.some((out) => out === one)) asked.add(each);
  // Two names that are spelt alike cannot be told apart: one held and one taken out is asked for.
  const held = new Set(
    plan.held.flatMap((one) => spread(one, plan)).map(({ permission }) => permission),
  );
  const mixed = [
    ...plan.known
      .filter((permission) => !held.has(permission))
      .filter((permission) => !plan.held.some((one) => covers(one.permission, permission)))
      .flatMap((permission) => ruleOf({ permission, resource_pattern: '*' }) ?? [])
      .filter((rule) => allowed.has(rule)),
    ...[...denied].filter((rule) => allowed.has(rule)),
  ];
  for (const rule of mixed) {
    denied.delete(rule);
    asked.add(rule);
  }
  const sorted = (set: Set<string>): string[] => [...set].sort();
  const lists = {
    allow: sorted(allowed).filter((rule) => !asked.has(rule)),
    ask: sorted(asked),
    deny: sorted(denied),
  };
  const unsaid = [...plan.held, ...plan.denied].filter((one) =>
    spread({ ...one, resource_pattern: '*' }, plan).every((each) => ruleOf(each) === null),
  );
  return { lists, unsaid, mixed };
};

/** Each server's tools that run unasked, by the names that it gives them. */
const serversOf = (plan: Plan): Record<string, string[]> => {
  const tools = new Map<string, Set<string>>();
  const out = [...plan.denied, ...plan.guards];
  const standing = plan.held.filter((one) => !isConditional(one) && one.resource_pattern === '*');
  for (const permission of plan.known) {
    const named = serverTool(permission);
    if (named === null || !standing.some((one) => covers(one.permission, permission))) continue;
    if (out.some((one) => covers(one.permission, permission))) continue;
    tools.set(named.server, (tools.get(named.server) ?? new Set()).add(named.tool));
  }
  return Object.fromEntries([...tools].map(([server, set]) => [server, [...set].sort()]));
};

const write = (plan: Plan): Written => {
  const { lists, unsaid, mixed } = listsOf(plan);
  const listed = (entries: readonly HeldPermission[]): string =>
    names(entries.map((one) => `${one.permission} on ${one.resource_pattern}`));
  const note = (list: readonly unknown[], text: string): string[] =>
    list.length === 0 ? [] : [text];
  const conditional = plan.held.filter(isConditional);
  const narrowed = plan.held.filter(({ resource_pattern }) => resource_pattern !== '*');
  return {
    files: [
      { name: 'settings.json', text: jsonText({ permissions: lists }) },
      { name: 'tools.json', text: jsonText({ servers: serversOf(plan) }) },
    ],
    notes: [
      'A client asks for what is in no list. settings.json is for Claude Code; tools.json names the tools of each server for clients with a list of their own.',
      ...note(
        conditional,
        `A client can ask, and knows no other condition: ${listed(conditional)} are in \`ask\`.`,
      ),
      ...note(
        narrowed,
        `A rule for a tool cannot look at its resource: ${listed(narrowed)} are asked for each time.`,
      ),
      ...note(
        mixed,
        `Names that this client spells alike, of which one is not held, are asked for: ${names(mixed)}.`,
      ),
      ...note(unsaid, `Left out, since no rule names them: ${listed(unsaid)}.`),
    ],
  };
};

export const mcp: Format = { prefixes: [SERVER, TOOL], write, edit: editMcp };
