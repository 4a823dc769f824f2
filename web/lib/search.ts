// The address's search text: what follows a link from page to page, and changes to it.

/** The parameters that every link inside the dashboard carries on. */
export const KEPT_PARAMS = ['env', 'from', 'to', 'tz'] as const;

/** Changes to a search text: a value sets, null removes. */
export type Changes = Readonly<Record<string, string | number | null | undefined>>;

/** `search` with `changes` made, as text with its `?`, or empty where nothing is left. */
export const changed = (search: URLSearchParams, changes: Changes): string => {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
};

/** Only what follows a link from page to page. */
export const kept = (search: URLSearchParams): URLSearchParams => {
  const next = new URLSearchParams();
  for (const name of KEPT_PARAMS) {
    const value = search.get(name);
    if (value !== null) next.set(name, value);
  }
  return next;
};

/** An address inside the dashboard: `path` with the kept parameters of `search` and `extra`. */
export const address = (path: string, search: URLSearchParams, extra: Changes = {}): string =>
  path + changed(kept(search), extra);

/**
 * A name as one segment of a path. Agents and sessions choose their names, and servers refuse an encoded slash or
 * dots alone in a path, so those are encoded twice; `nameFromPath` turns a route's parameter back.
 */
export const nameInPath = (name: string): string => {
  const safe = name.replace(/[%/\\]/g, (character) => encodeURIComponent(character));
  const dots = /^\.+$/.test(safe) ? safe.replaceAll('.', '%2E') : safe;
  return encodeURIComponent(dots.toWellFormed());
};

/** The name behind a route's parameter, which the router has decoded once. */
export const nameFromPath = (parameter: string): string => {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return parameter;
  }
};

/** The path of one agent's page. */
export const agentPath = (agent: string): string => `/agents/${nameInPath(agent)}`;

/** The path of one session's page. */
export const sessionPath = (session: string): string => `/sessions/${nameInPath(session)}`;
