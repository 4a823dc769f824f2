// Settings of MCP clients as permissions: rules by their lists, servers by the tools that run unasked.
import { covers, overlaps } from '../policy/pattern.ts';
import { parseRule } from '../scan/rules.ts';
import { HIDDEN, isSayable } from '../scan/sayable.ts';
import { grantsIn, looksLikeSettings, type Grants, type Server } from '../scan/settings.ts';
import { record } from './json.ts';
import { createLines } from './place.ts';
import { emptyReading, type Granted, type Reading } from './types.ts';

/** What is granted in a settings file; of its values only rules and names of servers and tools are looked at. */
export const readMcp = (value: unknown, text: string, place: string): Reading => {
  const reading = emptyReading();
  if (!looksLikeSettings(value)) {
    reading.problems.push(`${place} holds neither MCP servers nor permissions`);
    return reading;
  }
  const lines = createLines(text);
  const lists = toolLists(value);
  for (const grants of grantsIn(place, value, 'mcp', null)) {
    const inRoot = grants.project === null;
    const at = (...path: (string | number)[]): string => {
      const line = inRoot ? lines(path) : null;
      if (inRoot) return line === null ? place : `${place}:${line}`;
      return isSayable(grants.project ?? '') ? `${place}#${grants.project ?? ''}` : place;
    };
    const servers = grants.servers.map((one) => withList(one, inRoot ? lists : {}));
    const ruled = rulesOf(grants, at, reading);
    for (const one of [
      ...ruled,
      ...serversOf(servers, ruled, at, reading),
      ...modesOf(grants, at, reading),
    ])
      if (!reading.granted.some((known) => sameGrant(known, one))) reading.granted.push(one);
  }
  return reading;
};

const sameGrant = (one: Granted, other: Granted): boolean =>
  one.permission === other.permission &&
  one.resource_pattern === other.resource_pattern &&
  one.source_ref === other.source_ref;

type At = (...path: (string | number)[]) => string;

/** `mcp__files__read` is `mcp.files:read`, `mcp__files` all of its tools, `Read` is `tool:Read`. */
const permissionOf = (text: string): Omit<Granted, 'source_ref'> | null => {
  const rule = parseRule(text);
  if (rule === null) return null;
  const resource_pattern = rule.specifier?.replace(/:\*$/, '*') ?? '*';
  if (!rule.tool.startsWith('mcp__')) return { permission: `tool:${rule.tool}`, resource_pattern };
  const [, server = '', ...tool] = rule.tool.split('__');
  if (server === '') return null;
  return { permission: `mcp.${server}:${tool.join('__') || '*'}`, resource_pattern };
};

const rulesOf = ({ lists }: Grants, at: At, reading: Reading): Granted[] => {
  const read = (list: 'allow' | 'ask' | 'deny'): Granted[] =>
    lists[list].flatMap((text, i) => {
      const source_ref = at('permissions', list, i);
      if (!isSayable(text)) {
        reading.problems.push(
          `${source_ref}: a rule that holds what looks like a secret is not read`,
        );
        return [];
      }
      const one = permissionOf(text);
      if (one === null)
        reading.problems.push(`${source_ref}: the rule ${text} is of no known form`);
      return one === null ? [] : [{ ...one, source_ref }];
    });
  const denied = read('deny');
  const asked = read('ask');
  if (asked.length > 0)
    reading.notes.push(`counts as granted, each use after asking: ${told(asked)}`);
  return [...read('allow'), ...asked].filter((one) => {
    const by = denied.find((each) => coversGrant(each, one));
    const cut = denied.filter((each) => each !== by && overlapsGrant(each, one));
    if (by === undefined && cut.length > 0)
      reading.notes.push(
        `${one.source_ref}: ${one.permission} counts whole; denied of it: ${told(cut)}`,
      );
    return by === undefined;
  });
};

const coversGrant = (wide: Granted, one: Granted): boolean =>
  covers(wide.permission, one.permission) && covers(wide.resource_pattern, one.resource_pattern);
const overlapsGrant = (one: Granted, other: Granted): boolean =>
  overlaps(one.permission, other.permission) &&
  overlaps(one.resource_pattern, other.resource_pattern);
const told = (all: readonly Granted[]): string =>
  all.map((one) => `${one.permission} on ${one.resource_pattern}`).join(', ');

/** A server with a list of tools that run unasked grants these; one of which nothing is told, all of its tools. */
const serversOf = (
  servers: readonly Server[],
  ruled: readonly Granted[],
  at: At,
  reading: Reading,
): Granted[] =>
  servers.flatMap(({ name, disabled, auto_approved }) => {
    const line = [at('mcpServers', name), at('servers', name)];
    const source_ref = line.find((one) => /:\d+$/.test(one)) ?? line[0] ?? '';
    if ([name, ...auto_approved].some((one) => one.includes(HIDDEN))) {
      reading.problems.push(`${source_ref}: a server or tool named like a secret is not read`);
      return [];
    }
    if (disabled) {
      reading.notes.push(`${source_ref}: the server ${name} is disabled and counts as not granted`);
      return [];
    }
    if (auto_approved.length === 0) {
      const own = `mcp.${name.replace(/[^A-Za-z0-9_-]/g, '_')}:`;
      if (ruled.some(({ permission }) => permission.startsWith(own))) return [];
      return [{ permission: `mcp.${name}:*`, resource_pattern: '*', source_ref }];
    }
    reading.notes.push(
      `${source_ref}: other tools of ${name} than those that run unasked do not count as granted`,
    );
    return auto_approved.map((tool) => ({
      permission: `mcp.${name}:${tool}`,
      resource_pattern: '*',
      source_ref,
    }));
  });

/** Modes that open everything are permissions; all others are told. */
const modesOf = ({ modes }: Grants, at: At, reading: Reading): Granted[] =>
  modes.flatMap((mode) => {
    const source_ref = at('permissions', 'defaultMode');
    reading.notes.push(`${source_ref}: ${mode}`);
    if (!mode.includes('bypassPermissions')) return [];
    return ['tool:*', 'mcp.*'].map((permission) => ({
      permission,
      resource_pattern: '*',
      source_ref,
    }));
  });

/** Servers told as lists of their tools, as Footprint's own tools.json has them. */
const toolLists = (value: unknown): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(record(record(value)['servers'])).flatMap(([name, tools]) =>
      Array.isArray(tools)
        ? [[name, tools.filter((one): one is string => typeof one === 'string')]]
        : [],
    ),
  );

const withList = (server: Server, lists: Record<string, string[]>): Server => ({
  ...server,
  auto_approved: [...server.auto_approved, ...(lists[server.name] ?? [])],
});
