// Kills an ingesting process at random instants, then compares what it acknowledged with what the store holds.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLoading } from '../../server/load/start.ts';
import { silent, spanIdOf, traceIdOf } from './submissions.ts';
import { storedSpans } from './stored.ts';

export interface CrashResult {
  /** Spans. */
  acknowledged: number;
  stored: number;
  lost: number;
  duplicated: number;
  /** Requests acknowledged of which the journal holds nothing. */
  false_acks: number;
}

const VICTIM = fileURLToPath(new URL('./victim.ts', import.meta.url));
export const SPANS_PER_REQUEST = 8;
/** Request numbers of a cycle: more than it can send before it is killed. */
const REQUESTS_PER_CYCLE = 1_000_000;
/** From acknowledging the first request up to several commits, settles and an idle moment. */
const KILL_WITHIN_MS = 1500;

/** One life of the process: the numbers of the requests that it acknowledged before it was killed. */
const live = (folder: string, first: number, kill_after_ms: number): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const args = [VICTIM, folder, String(first), String(SPANS_PER_REQUEST)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let complained = '';
    let armed = false;
    child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (armed || !said.startsWith('ready\n')) return;
      armed = true;
      setTimeout(() => child.kill('SIGKILL'), kill_after_ms);
    });
    child.once('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`ended by itself (${code}): ${complained}`));
      // A line cut short by the kill was written whole or not at all, but its last digit proves nothing.
      else resolve(said.split('\n').slice(1, -1).map(Number));
    });
  });

/** `random` gives numbers from 0 to 1. Each cycle kills once, then every third rebuilds the database from the journal. */
export const crash = async ({
  folder,
  cycles,
  random,
}: {
  folder: string;
  cycles: number;
  random: () => number;
}): Promise<CrashResult> => {
  const acknowledged: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    acknowledged.push(
      ...(await live(folder, cycle * REQUESTS_PER_CYCLE, random() * KILL_WITHIN_MS)),
    );
    if (cycle % 3 === 2) await removeDatabase(folder);
  }
  const loading = await startLoading({ folder, log: silent });
  const journalled = new Set<string>();
  for await (const { body } of loading.journal.read({ segment: 0, offset: 0 })) {
    for (const match of Buffer.from(body)
      .toString()
      .matchAll(/"traceId":"([0-9a-f]+)"/g)) {
      journalled.add(match[1] ?? '');
    }
  }
  await loading.pipeline.drain();
  await loading.store.settleAll();
  await loading.close();
  const stored = await storedSpans(folder);
  const due = acknowledged.flatMap((request) =>
    Array.from({ length: SPANS_PER_REQUEST }, (_, i) => traceIdOf(request) + spanIdOf(request, i)),
  );
  const distinct = new Set(stored);
  return {
    acknowledged: due.length,
    stored: stored.length,
    lost: due.filter((id) => !distinct.has(id)).length,
    duplicated: stored.length - distinct.size,
    false_acks: acknowledged.filter((request) => !journalled.has(traceIdOf(request))).length,
  };
};

const removeDatabase = async (folder: string): Promise<void> => {
  for (const ending of ['', '.wal'])
    await rm(join(folder, `footprint.duckdb${ending}`), { force: true });
};
