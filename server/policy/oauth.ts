// OAuth: the scopes that an agent's client may ask for, and those that wait for a request of their own.
import { editOauth } from './oauth_edit.ts';
import { covers, isPattern } from './pattern.ts';
import { jsonText, names } from './say.ts';
import { split } from './standing.ts';
import type { Format, Held, Plan, Written } from './types.ts';

const PREFIX = 'oauth:';
/** What RFC 6749 takes as a scope: printable ASCII without space, double quote and backslash. */
const SCOPE = /^[!#-[\]-~]+$/;

export const scopeOf = (permission: string): string => permission.slice(PREFIX.length);

export const isScope = (scope: string): boolean => SCOPE.test(scope);

/** A line of a list of scopes that is a note of a person's. */
export const isComment = (line: string): boolean => line.trimStart().startsWith('#');

/** A resource indicator of RFC 8707: an absolute address without a fragment. */
const isIndicator = (pattern: string): boolean =>
  !isPattern(pattern) && !pattern.includes('#') && URL.canParse(pattern);

interface Request {
  resource?: string;
  scope: string;
}

/** Scopes have no wildcards: one stands for those known by name that it covers and that nothing takes out. */
const scopesOf = (held: Held, plan: Plan): string[] =>
  plan.known
    .filter((permission) => covers(held.permission, permission))
    .filter((permission) => !outOf(plan, held, permission))
    .map(scopeOf)
    .filter(isScope);

const outOf = (plan: Plan, held: Held, permission: string): boolean =>
  [...plan.denied, ...plan.guards].some(
    (out) =>
      out !== held &&
      covers(out.permission, permission) &&
      covers(out.resource_pattern, held.resource_pattern),
  );

const requestsOf = (held: readonly Held[], plan: Plan): Request[] => {
  const byResource = new Map<string, string[]>();
  for (const one of held) {
    const scopes = byResource.get(one.resource_pattern) ?? [];
    byResource.set(one.resource_pattern, [...scopes, ...scopesOf(one, plan)]);
  }
  return [...byResource]
    .map(([resource, scopes]) => ({
      ...(resource !== '*' && { resource }),
      scope: [...new Set(scopes)].sort().join(' '),
    }))
    .filter(({ scope }) => scope !== '');
};

const write = (plan: Plan): Written => {
  const sayable = (one: Held): boolean =>
    (one.resource_pattern === '*' || isIndicator(one.resource_pattern)) &&
    (isPattern(one.permission) || isScope(scopeOf(one.permission)));
  const unsaid = plan.held.filter((one) => !sayable(one));
  const { standing, on_request } = split({ ...plan, held: plan.held.filter(sayable) });
  const patterns = plan.held.filter(({ permission }) => isPattern(permission));
  // What a narrower resource takes out of a scope, no scope can say.
  const blunt = [...plan.denied, ...plan.guards].filter(
    ({ resource_pattern }) => resource_pattern !== '*',
  );
  const requests = requestsOf(standing, plan);
  const whole = requests.find(({ resource }) => resource === undefined)?.scope ?? '';
  const asked = requestsOf(on_request, plan);
  const listed = (list: readonly { permission: string; resource_pattern: string }[]): string =>
    names(list.map((one) => `${one.permission} on ${one.resource_pattern}`));
  const note = (list: readonly unknown[], text: string): string[] =>
    list.length === 0 ? [] : [text];
  return {
    files: [
      { name: 'scopes.txt', text: whole === '' ? '' : `${whole.split(' ').join('\n')}\n` },
      { name: 'requests.json', text: jsonText({ standing: requests, on_request: asked }) },
    ],
    notes: [
      ...note(
        unsaid,
        `Left out, since a scope cannot say them (RFC 6749 has few characters, RFC 8707 whole addresses alone): ${listed(unsaid)}.`,
      ),
      ...note(
        patterns,
        `Scopes have no wildcards: ${listed(patterns)} stand for the scopes known by name.`,
      ),
      ...note(
        asked,
        'Conditions are not in a scope: those under `on_request` are asked for one task, and are not in scopes.txt.',
      ),
      ...note(
        blunt,
        `A scope cannot leave out one resource: ${listed(blunt)} must be refused by the resource server.`,
      ),
    ],
  };
};

export const oauth: Format = { prefixes: [PREFIX], write, edit: editOauth };
