// p50 and p95 of every question that a page of the dashboard asks, over HTTP, each time with another window so that no cache answers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fill } from './fill.ts';
import { grantWidely } from './grants.ts';
import { peakRssMib } from './process.ts';
import { startServer } from '../e2e/server.ts';

const SIZES = [1_000_000, 10_000_000];
const DAY_MS = 24 * 3_600_000;
const ROUNDS = 15;
/** What a server does in its first idle moments, a checkpoint among it, is done before the questions. */
const REST_MS = 20_000;

/** The surfaces that recommendations are computed for, from the design. */
const WIDE = { agents: 500, permissions: 200 };
const RECOMMEND_ROUNDS = 5;

interface Question {
  name: string;
  scope: 'agent' | 'all';
  /** Where it is asked in each round, and again from the start. */
  paths: readonly string[];
}

const questions = (agent: string, sessions: Listed['rows']): Question[] => {
  const one = encodeURIComponent(agent);
  const all = (name: string, path = name): Question => ({ name, scope: 'all', paths: [path] });
  const about = (name: string, ...paths: string[]): Question => ({ name, scope: 'agent', paths });
  return [
    all('overview'),
    all('overview history', 'overview/history'),
    all('agents'),
    all('agents before', 'agents/before'),
    all('surface'),
    all('tokens', 'tokens?limit=100'),
    all('token agents', 'tokens/agents'),
    all('token survival', 'tokens/survival'),
    all('decisions', 'decisions?limit=100'),
    all('denials', 'decisions?limit=100&effect=deny'),
    all('decision buckets', 'decisions/buckets'),
    all('sessions', 'sessions?limit=100'),
    about('agent', `agents?agent=${one}`),
    about('agent surface', `agents/${one}/surface`),
    about('agent history', `agents/${one}/history`),
    about('agent drift', `agents/${one}/drift`),
    about('agent tokens', `tokens?limit=100&agent=${one}`),
    about('agent token survival', `tokens/survival?agent=${one}`),
    about('agent decisions', `decisions?limit=100&agent=${one}`),
    about('agent sessions', `sessions?limit=100&agent=${one}`),
    // These take no window, so each round asks for another one.
    about(
      'session',
      ...sessions.map(({ session, agent: who }) => {
        const of = encodeURIComponent(who);
        return `sessions/${encodeURIComponent(session)}?agent=${of}`;
      }),
    ),
    about('trace', ...sessions.map(({ trace_id }) => `traces/${trace_id}`)),
  ];
};

interface Listed {
  rows: { agent: string; session: string; trace_id: string; sessions: number }[];
}

const ask = async (url: string): Promise<Listed> => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Listed;
};

const time = async (base: string, { name, scope, paths }: Question, rounds = ROUNDS) => {
  const waits: number[] = [];
  for (let round = 0; round < rounds + 1; round += 1) {
    const until = new Date(Date.now() - round * 1000);
    const since = new Date(until.getTime() - 90 * DAY_MS);
    const window = `since=${since.toISOString()}&until=${until.toISOString()}`;
    const path = paths[round % paths.length] ?? '';
    const windowed = /^(sessions|traces)\//.test(path) ? '' : window;
    const url = `${base}/api/v1/${path}${path.includes('?') ? '&' : '?'}${windowed}`;
    const began = performance.now();
    await ask(url);
    // The first answer warms what a running server has warm.
    if (round > 0) waits.push(performance.now() - began);
  }
  waits.sort((a, b) => a - b);
  const at = (share: number) => Number((waits[Math.floor(waits.length * share)] ?? 0).toFixed(1));
  return { name, scope, p50_ms: at(0.5), p95_ms: at(0.95) };
};

const measure = async (spans: number, say: (text: string) => void): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'footprint-bench-'));
  try {
    const server = await startServer({ data: join(folder, 'data') });
    await fill(server.url, spans, say);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const { rows } = await ask(`${server.url}/api/v1/sessions?limit=${ROUNDS + 1}`);
    const { agent = '' } = rows[0] ?? {};
    const timed: Awaited<ReturnType<typeof time>>[] = [];
    for (const question of questions(agent, rows)) {
      const result = await time(server.url, question);
      say(`${result.name}: p50 ${result.p50_ms} ms, p95 ${result.p95_ms} ms`);
      timed.push(result);
    }
    // Last, since no other question is meant to be asked of surfaces that wide.
    const listed = await ask(`${server.url}/api/v1/agents?limit=${WIDE.agents}`);
    const wide = listed.rows.map((row) => row.agent);
    await grantWidely(server.url, wide, WIDE.permissions);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const all: Question = {
      name: 'recommendations',
      scope: 'all',
      paths: ['recommendations?limit=1'],
    };
    const recommended = await time(server.url, all, RECOMMEND_ROUNDS);
    say(`recommendations of ${wide.length} agents: p50 ${recommended.p50_ms} ms`);
    const worst = (scope: string) =>
      Math.max(...timed.filter((one) => one.scope === scope).map((one) => one.p50_ms));
    const peak_rss_mib = peakRssMib(server.pid);
    await server.stop();
    return {
      spans,
      questions: timed,
      worst_agent_p50_ms: worst('agent'),
      worst_all_p50_ms: worst('all'),
      recommend_agents: wide.length,
      recommend_s: recommended.p50_ms / 1000,
      peak_rss_mib,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The fields that the HTTP contract names for `bench query`, one object a size. */
export const benchQuery = async ({
  say,
  spans,
}: {
  say: (text: string) => void;
  spans: number | null;
}): Promise<object> => {
  const sizes = spans === null ? SIZES : [spans];
  const results = [];
  for (const size of sizes) results.push(await measure(size, say));
  const largest = results.at(-1) ?? {};
  return sizes.length === 1 ? largest : { ...largest, sizes: results };
};
