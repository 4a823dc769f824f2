// Gathers records into groups of about a commit each: facts are made of a record when it comes, so that its bytes can go.
import type { Facts } from '../facts/facts.ts';
import type { LogSink } from '../model/log.ts';
import { createGroup, tablesOf, type Group } from '../model/group.ts';
import type { JournalPosition } from '../model/rows.ts';
import type { ImportedGrants } from '../store/store.ts';
import type { Handed } from './messages.ts';

/** What one commit takes. */
export interface Gathered {
  group: Group;
  grants: ImportedGrants[];
  next: JournalPosition;
  /** Spans that were handed over, and bytes that still count for them. */
  spans: number;
  bytes: number;
}

export interface Gathering {
  /** Bytes that need not count any more. */
  take(handed: Handed): number;
  /** Whether a commit is full. */
  isFull(): boolean;
  isEmpty(): boolean;
  /** The records that came first, a commit of them; null where there are none. */
  next(): Gathered | null;
  /** The group is used again. */
  done(gathered: Gathered): void;
  /** Forgets everything. */
  drop(): void;
}

/** A span's row with its texts and what stands beside it, roughly. */
const ROW_BYTES = 384;
/** Groups whose memory is kept for the next: one gathering, one waiting, one in work. */
const KEPT_GROUPS = 3;

export const createGathering = ({
  facts,
  commit_rows,
  log,
}: {
  facts: Facts;
  /** Rows from which on a commit is full; whole records go into it. */
  commit_rows: number;
  log: LogSink;
}): Gathering => {
  let full: Gathered[] = [];
  let open: Gathered | null = null;
  const free: Group[] = [];
  return {
    take(handed) {
      const { next } = handed;
      open ??= { group: free.pop() ?? createGroup(), grants: [], next, spans: 0, bytes: 0 };
      open.next = next;
      if (handed.type === 'grants') open.grants.push(handed.grants);
      if (handed.type !== 'spans') return 0;
      tell(handed, facts, open.group, log);
      const kept = Math.min(handed.bytes, handed.batch.spans * ROW_BYTES);
      open.spans += handed.batch.spans;
      open.bytes += kept;
      if (open.group.spans.rows() >= commit_rows) {
        full.push(open);
        open = null;
      }
      return handed.bytes - kept;
    },
    isFull: () => full.length > 0,
    isEmpty: () => full.length === 0 && open === null,
    next() {
      const first = full.shift() ?? open;
      if (first === open) open = null;
      return first;
    },
    done({ group }) {
      group.clear();
      if (free.length < KEPT_GROUPS) free.push(group);
    },
    drop() {
      full = [];
      open = null;
    },
  };
};

/** What is in the journal can be loaded by a later version; one record must not hold up all others. */
const tell = (
  handed: Handed & { type: 'spans' },
  facts: Facts,
  group: Group,
  log: LogSink,
): void => {
  const { batch, workspace, received_at, attested, position } = handed;
  const before = tablesOf(group).map((table) => table.rows());
  try {
    facts(batch, { workspace, received_at, attested, position }, group);
  } catch (error) {
    tablesOf(group).forEach((table, i) => table.cut(before[i] ?? 0));
    log.error('a record tells no facts', { ...position, error: String(error) });
  }
};
