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

/** The address of one agent's page; names are the agents' own and may hold anything. */
export const agentPath = (agent: string): string => `/agents/${encodeURIComponent(agent)}`;

/** The address of one session's page. */
export const sessionPath = (session: string): string => `/sessions/${encodeURIComponent(session)}`;
