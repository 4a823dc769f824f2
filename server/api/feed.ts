// The live feed: one look at the store a second for all clients together, a bounded queue for each of them.
import type { Log } from '../log.ts';
import { errorFields } from '../log.ts';
import type { Param, Row, Store } from '../store/store.ts';
import type { PipelineState } from './context.ts';
import { QUERY_TIMEOUT_MS } from './list.ts';

export interface LiveEvent {
  event: 'decisions' | 'spans' | 'heartbeat';
  data: string;
}

export interface LiveClient {
  /** The next event, or null when the feed has ended for this client. */
  next(): Promise<LiveEvent | null>;
  leave(): void;
}

export interface LiveFeed {
  /** Null where there are too many clients already. */
  join(wants: LiveWants): LiveClient | null;
  close(): void;
}

/** Whose decisions a client wants to see; null is everybody's. */
export interface LiveWants {
  workspace: string;
  environment: string | null;
  agents: readonly string[] | null;
}

interface Member {
  wants: LiveWants;
  queue: LiveEvent[];
  dropped: number;
  wake: (() => void) | null;
  left: boolean;
}

/** People watch some pages at once; each holds a connection and is written to every second. */
const CLIENTS_MAX = 64;
/** A minute of a busy stream; a client that lags further behind loses the oldest and is told how many. */
const QUEUE_MAX = 256;
/** What one look may bring: more in a second than anybody reads. */
const DECISIONS_PER_LOOK_MAX = 500;
/** Decisions already sent, so that a look sends only new ones; several looks' worth. */
const SEEN_MAX = 10 * DECISIONS_PER_LOOK_MAX;
const LOOK_EVERY_MS = 1000;
/** Settling follows the commit, so the looks after one may still find new decisions. */
const LOOKS_AFTER_COMMIT = 5;
const HEARTBEAT_EVERY_LOOKS = 15;
/** What arrived longer ago is no news; a decision settles within a minute of its arrival, under load within some. */
const NEWS_FROM_MS = 600_000;

export const createLiveFeed = ({
  store,
  now,
  pipeline,
  log,
  look_every_ms = LOOK_EVERY_MS,
}: {
  store: Store;
  now: () => number;
  pipeline: () => PipelineState;
  log: Log;
  look_every_ms?: number;
}): LiveFeed => {
  const members = new Set<Member>();
  const news = createNews({ store, now });
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let looks = 0;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      looks += 1;
      if (looks % HEARTBEAT_EVERY_LOOKS === 0) sendAll({ event: 'heartbeat', data: '{}' });
      const { spans, duplicates, commits, unsettled_traces } = await store.state();
      for (const member of members) {
        const { waiting_spans } = pipeline();
        const { dropped } = member;
        const counts = { spans, duplicates, waiting_spans, unsettled_traces, commits, dropped };
        push(member, { event: 'spans', data: JSON.stringify(counts) });
      }
      const workspaces = new Set([...members].map((member) => member.wants.workspace));
      for (const workspace of workspaces) {
        const rows = await news.of(workspace, commits);
        for (const member of members) sendDecisions(member, workspace, rows);
      }
    } catch (error) {
      log.warn('live feed could not look', errorFields(error));
    } finally {
      looking = false;
    }
  };
  const sendAll = (event: LiveEvent): void => {
    for (const member of members) push(member, event);
  };
  const leave = (member: Member): void => {
    member.left = true;
    member.wake?.();
    members.delete(member);
    if (members.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
    news.forget();
  };

  return {
    join(wants) {
      if (members.size >= CLIENTS_MAX) return null;
      const member: Member = { wants, queue: [], dropped: 0, wake: null, left: false };
      members.add(member);
      timer ??= setInterval(() => void look(), look_every_ms);
      void look();
      return { next: () => take(member), leave: () => leave(member) };
    },
    close() {
      for (const member of [...members]) leave(member);
    },
  };
};

const push = (member: Member, event: LiveEvent): void => {
  if (member.queue.length >= QUEUE_MAX) {
    member.queue.shift();
    member.dropped += 1;
  }
  member.queue.push(event);
  member.wake?.();
};

const take = async (member: Member): Promise<LiveEvent | null> => {
  while (!member.left) {
    const event = member.queue.shift();
    if (event !== undefined) return event;
    await new Promise<void>((resolve) => {
      member.wake = resolve;
    });
    member.wake = null;
  }
  return null;
};

const sendDecisions = (member: Member, workspace: string, rows: readonly Row[]): void => {
  const { wants } = member;
  if (wants.workspace !== workspace) return;
  const wanted = rows.filter(
    (row) =>
      (wants.environment === null || row['environment'] === wants.environment) &&
      (wants.agents === null || wants.agents.some((agent) => agent === row['agent'])),
  );
  if (wanted.length > 0) push(member, { event: 'decisions', data: JSON.stringify(wanted) });
};

/** Decisions that were not there at the look before; the first look only learns what is there. */
const createNews = ({ store, now }: { store: Store; now: () => number }) => {
  const seen = new Map<string, Set<string>>();
  const watched = new Map<string, { commits: number; looks: number }>();
  const ask = (workspace: string): Promise<Row[]> => {
    const params: Record<string, Param> = {
      workspace,
      since: new Date(now() - NEWS_FROM_MS).toISOString(),
      limit: DECISIONS_PER_LOOK_MAX,
    };
    return store.ask({ name: 'decisions_arrived', params, timeout_ms: QUERY_TIMEOUT_MS });
  };
  return {
    async of(workspace: string, commits: number): Promise<Row[]> {
      const watch = watched.get(workspace);
      const changed = watch?.commits !== commits;
      const looks = changed ? LOOKS_AFTER_COMMIT : watch.looks - 1;
      watched.set(workspace, { commits, looks });
      if (looks < 0) return [];
      const rows = await ask(workspace);
      const before = seen.get(workspace);
      const known = before ?? new Set<string>();
      const fresh = rows.filter((row) => !known.has(keyOf(row)));
      for (const row of fresh) known.add(keyOf(row));
      for (const key of known) {
        if (known.size <= SEEN_MAX) break;
        known.delete(key);
      }
      seen.set(workspace, known);
      return before === undefined ? [] : fresh.reverse();
    },
    forget(): void {
      seen.clear();
      watched.clear();
    },
  };
};

const keyOf = (row: Row): string => JSON.stringify([row['trace_id'], row['span_id']]);
