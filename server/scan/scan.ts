// Reads settings, then transcripts, and gives what each agent holds, what it used, and what would have been enough.
import { basename } from 'node:path';
import type { Found } from './find.ts';
import type { Problem } from './json-file.ts';
import { reasonOf } from './json-file.ts';
import { sayable } from './sayable.ts';
import type { Reduced } from './reduce.ts';
import type { RuleRow, Scope, ServerRow } from './scope.ts';
import { apart, createScope } from './scope.ts';
import type { Client, Grants } from './settings.ts';
import { beginnings, createSettingsReader } from './settings-files.ts';
import type { Count } from './tally.ts';
import { unseenShare } from './tally.ts';
import type { Use } from './transcript.ts';
import { readTranscript } from './transcript.ts';

/** Calls are told apart by their ids, since a resumed session repeats the one before; some 100 bytes each. */
const CALLS_MAX = 500_000;

/** One agent: a client in one project, or in all that its user works in. */
export interface AgentReport {
  agent: Client;
  /** Null for what holds in all projects. */
  project: string | null;
  settings: string[];
  modes: string[];
  evidence: Count;
  /** Share of sessions that an unused rule may be used in all the same, at 95 % confidence; null without evidence. */
  unseen_share: number | null;
  rules: RuleRow[];
  servers: ServerRow[];
  /** Used with no rule that allows it: asked for, or opened by a mode. */
  without_rule: (Count & { name: string })[];
  reduced: Reduced[];
  /** Servers of .mcp.json that were used, for `enabledMcpjsonServers`; null where nothing tells. */
  servers_used: string[] | null;
}

export interface Report {
  settings: number;
  transcripts: number;
  agents: AgentReport[];
  problems: Problem[];
}

export interface ScanOptions {
  found: Found;
  home: string;
  /** Whether settings of the projects that are named in what is read are read too. */
  follow: boolean;
  progress?: (bytes: number, note: string) => void;
}

/** Never rejects for a file that cannot be read: that is a problem in the report. */
export const scan = async ({ found, home, follow, progress }: ScanOptions): Promise<Report> => {
  const problems = [...found.problems];
  const read = createSettingsReader(problems);
  for (const file of found.settings) await read.file(file);
  if (follow) {
    for (const project of read.projects()) await read.project(project);
    for (const project of await beginnings(found)) await read.project(project);
  }
  const scopes = createScopes(read.grants(), home);
  const calls = createCallIndex();
  let bytes = 0;
  let transcripts = 0;
  for (const { path } of found.transcripts) {
    try {
      const told = await readTranscript(path, {
        use: (use) => {
          if (calls.isNew(use)) scopes.take(use, calls.session(use));
        },
        read: (more) => {
          bytes += more;
          progress?.(bytes, `${transcripts} of ${found.transcripts.length} transcripts`);
        },
      });
      transcripts += 1;
      if (told.bad_lines > 0)
        problems.push({ path, problem: `has ${told.bad_lines} line(s) that are not JSON` });
      if (told.long_lines > 0)
        problems.push({ path, problem: `has ${told.long_lines} line(s) too long to read` });
    } catch (error) {
      problems.push({ path, problem: reasonOf(error) });
    }
  }
  const shown = problems.map(({ path, problem }) => ({ path: sayable(path), problem }));
  return { settings: read.count(), transcripts, agents: scopes.reports(), problems: shown };
};

/** Sessions as numbers, and which calls were seen before. */
const createCallIndex = () => {
  const sessions = new Map<string, number>();
  const calls = new Set<string>();
  return {
    session: ({ session }: Use): number => {
      const known = sessions.get(session) ?? sessions.size;
      sessions.set(session, known);
      return known;
    },
    isNew: ({ id }: Use): boolean => {
      if (id === null) return true;
      if (calls.has(id)) return false;
      if (calls.size < CALLS_MAX) calls.add(id);
      return true;
    },
  };
};

const createScopes = (grants: readonly Grants[], home: string) => {
  const scopes = new Map<string, Scope>();
  const keyOf = (client: Client, project: string | null): string => `${client}\0${project ?? ''}`;
  const grouped = Map.groupBy(grants, ({ client, project }) => keyOf(client, project));
  for (const [key, group] of grouped) {
    const [first] = group;
    if (first !== undefined) scopes.set(key, createScope(first.client, first.project, group, home));
  }
  const of = (client: Client, project: string | null): Scope => {
    const key = keyOf(client, project);
    const scope = scopes.get(key) ?? createScope(client, project, [], home);
    scopes.set(key, scope);
    return scope;
  };
  return {
    take: (use: Use, session: number): void => {
      const everywhere = of(use.client, null);
      const project = use.project === '' ? null : of(use.client, use.project);
      everywhere.take(use, session);
      project?.take(use, session);
      const allowed = (one: Use): boolean =>
        everywhere.allows(one) || project?.allows(one) === true;
      const missing = apart(use).filter((part) => !allowed(part));
      for (const part of missing) (project ?? everywhere).ungranted(part, session);
    },
    reports: (): AgentReport[] =>
      [...scopes.values()]
        .map(reportOf)
        .sort((a, b) => compare(a.agent, b.agent) || compare(a.project ?? '', b.project ?? '')),
  };
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const reportOf = (scope: Scope): AgentReport => {
  const evidence = scope.uses();
  const servers = scope.servers();
  const shared = servers.filter(({ path }) => basename(path) === '.mcp.json');
  const told = shared.length > 0 && evidence.uses > 0;
  return {
    agent: scope.client,
    project: scope.project === null ? null : sayable(scope.project),
    settings: [...new Set(scope.grants.map(({ path }) => path))],
    modes: scope.grants.flatMap(({ modes }) => modes),
    evidence,
    unseen_share: evidence.sessions === 0 ? null : unseenShare(evidence.sessions),
    rules: scope.rows(),
    servers,
    without_rule: scope.others(),
    reduced: scope.reduced(),
    servers_used: told
      ? shared.filter(({ state }) => state === 'used').map(({ name }) => name)
      : null,
  };
};
