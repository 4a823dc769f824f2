// What the dashboard costs its reader: JavaScript, time to the first number, frames while scrolling and while decisions come live.
import { gzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../e2e/browser.ts';
import { ROOT, startServer } from '../e2e/server.ts';
import { fill, REQUEST_SPANS } from './fill.ts';
import { prepareLoad } from './process.ts';
import { collectFrames, rowsShown, watchFirst } from './web-page.ts';

const SPANS = 10_000_000;
/** The server answers one instant for so long from what it kept: each load asks anew. */
const STEP_MS = 10_500;
const LOADS = 5;
/** What a server does in its first idle moments is done before the loads. */
const REST_MS = 20_000;
/** As many as the table of decisions holds. */
const ROWS = 100_000;
const ROWS_MS = 300_000;
/** Frames of each measurement: ten seconds at 60 a second. */
const FRAMES = 600;
/** Pixels a frame, as a quick wheel does. */
const SCROLL_PX = 240;
const TAIL_PER_S = 500;
/** Decisions in a span of the load. */
const DECISIONS_A_SPAN = 3 / 12;
const TAIL_S = 14;
const HISTORY_MS = 89 * 24 * 3_600_000;

const kib = (bytes: number): number => Number((bytes / 1024).toFixed(1));
const gzipped = (bytes: Buffer | string): number => gzipSync(bytes, { level: 9 }).length;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (sorted: readonly number[], share: number): number =>
  Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1));
const sortedOf = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** Bytes of every chunk of the built dashboard by its name without the hash, as they are sent. */
const chunkSizes = () => {
  const folder = join(ROOT, 'web/dist/assets');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({
      file: name,
      name: name.replace(/-.{8}\.js$/, ''),
      gzip_kib: kib(gzipped(readFileSync(join(folder, name)))),
    }))
    .toSorted((a, b) => b.gzip_kib - a.gzip_kib);
};

const firstLoads = async (url: string, browser: Chromium, say: (text: string) => void) => {
  const useful: number[] = [];
  const whole: number[] = [];
  const files = new Set<string>();
  for (let i = 0; i < LOADS; i += 1) {
    const { page } = await browser.open('about:blank');
    await page.addInitScript(watchFirst);
    page.on('response', (answer) => {
      const name = new URL(answer.url()).pathname.split('/').at(-1) ?? '';
      if (name.endsWith('.js')) files.add(name);
    });
    await page.goto(url);
    const marks = await page.waitForFunction(
      () => {
        const first = Reflect.get(globalThis, 'first') as { useful: number; whole: number };
        return first.whole > 0 ? first : null;
      },
      undefined,
      { timeout: 120_000 },
    );
    const first = await marks.jsonValue();
    useful.push(first?.useful ?? 0);
    whole.push(first?.whole ?? 0);
    say(
      `load ${i + 1}: first number after ${first?.useful.toFixed(0)} ms, all after ${first?.whole.toFixed(0)} ms`,
    );
    await page.context().close();
    await sleep(STEP_MS);
  }
  return {
    first_paint_ms: at(sortedOf(useful), 0.5),
    interactive_ms: at(sortedOf(whole), 0.5),
    files,
  };
};

/** Scrolls to the end again and again until so many rows are there, or all. */
const loadRows = async (page: Page, say: (text: string) => void): Promise<number> => {
  const until = performance.now() + ROWS_MS;
  let told = 0;
  for (;;) {
    const { rows, all } = await page.evaluate(rowsShown);
    if (rows - told >= 20_000) say(`${(told = rows)} rows are in the table`);
    if (all || rows >= ROWS || performance.now() > until) return rows;
    await sleep(20);
  }
};

const framesOf = async (page: Page, step: number): Promise<number> =>
  at(sortedOf(await page.evaluate(collectFrames, { frames: FRAMES, step })), 0.95);

const scrolling = async (url: string, browser: Chromium, say: (text: string) => void) => {
  const { page } = await browser.open(`${url}/decisions`);
  await page.locator('main tbody tr').first().waitFor({ timeout: 60_000 });
  const scroll_rows = await loadRows(page, say);
  const scroll_frame_p95_ms = await framesOf(page, SCROLL_PX);
  say(`frames over ${scroll_rows} rows: p95 ${scroll_frame_p95_ms} ms`);
  const spans = TAIL_S * (TAIL_PER_S / DECISIONS_A_SPAN);
  const step_ms = (REQUEST_SPANS * 1000) / (TAIL_PER_S / DECISIONS_A_SPAN);
  const load = await prepareLoad({
    url: `${url}/v1/traces`,
    bodies: Math.ceil(spans / REQUEST_SPANS),
    spans: REQUEST_SPANS,
    connections: 2,
    rate: TAIL_PER_S / DECISIONS_A_SPAN,
    // Their times are those of now, so that they belong at the head.
    serial: Math.floor(HISTORY_MS / step_ms),
    step_ms,
  });
  await page.evaluate(() => document.querySelector('main .box')?.scrollTo({ top: 0 }));
  await sleep(1000);
  const before = await page.evaluate(rowsShown);
  const sent = load.go();
  await sleep(1000);
  const tail_frame_p95_ms = await framesOf(page, 0);
  const after = await page.evaluate(rowsShown);
  await sent;
  say(`frames while decisions come: p95 ${tail_frame_p95_ms} ms, ${after.rows - before.rows} came`);
  await page.context().close();
  return {
    scroll_rows,
    scroll_frame_p95_ms,
    tail_rows: after.rows - before.rows,
    tail_frame_p95_ms,
  };
};

/** The fields that the HTTP contract names for `bench web`, with what they are made of. */
export const benchWeb = async ({
  say,
  spans,
}: {
  say: (text: string) => void;
  spans: number | null;
}): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'footprint-bench-'));
  const browser = await startChromium();
  const server = await startServer({ data: join(folder, 'data') });
  try {
    const stored = spans ?? SPANS;
    await fill(server.url, stored, say);
    await sleep(REST_MS);
    const { files, ...loads } = await firstLoads(server.url, browser, say);
    const chunks = chunkSizes();
    const first = chunks.filter(({ file }) => files.has(file));
    const later = chunks.filter(({ file }) => !files.has(file));
    const frames = await scrolling(server.url, browser, say);
    return {
      spans: stored,
      first_load_gzip_kib: kib(first.reduce((sum, { gzip_kib }) => sum + gzip_kib * 1024, 0)),
      largest_chunk_gzip_kib: later[0]?.gzip_kib ?? 0,
      ...loads,
      ...frames,
      chunks: chunks.map(({ name, gzip_kib, file }) => ({
        name,
        gzip_kib,
        first: files.has(file),
      })),
    };
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
