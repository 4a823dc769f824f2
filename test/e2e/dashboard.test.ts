// Every page of the dashboard in a real Chromium, over what the demo's agents did.
import { AxeBuilder } from '@axe-core/playwright';
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecisionRow, SessionRow, TokenRow } from '../../server/api/contract.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import type { RunningServer } from './server.ts';
import { ROOT, runScript, startServer } from './server.ts';

const possible = browserPath() !== null && existsSync(`${ROOT}collector/demo/node_modules`);
if (!possible)
  process.stderr.write('SKIPPED: the dashboard, since Chromium or the demo is missing\n');

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
] as const;

/** A page is there once nothing of it loads any more. */
const ready = async (page: Page): Promise<void> => {
  await page.locator('h1').first().waitFor();
  await vi.waitFor(
    async () => {
      if ((await page.locator('[aria-label^="Loading"]').count()) > 0) throw new Error('loading');
    },
    { timeout: 30_000, interval: 100 },
  );
};

describe.skipIf(!possible)('the dashboard', () => {
  let server: RunningServer;
  let browser: Chromium;
  let session: SessionRow | undefined;

  beforeAll(async () => {
    server = await startServer();
    browser = await startChromium();
    await runScript('collector/demo/run.ts', [], { FOOTPRINT_URL: server.url });
    await vi.waitFor(
      async () => {
        const tokens = await server.rows<TokenRow>('/api/v1/tokens');
        if (tokens.length < 4) throw new Error(`only ${tokens.length} tokens`);
      },
      { timeout: 60_000, interval: 500 },
    );
    const sessions = await server.rows<SessionRow>('/api/v1/sessions?agent=desk-assistant');
    session = sessions.find(({ decisions }) => decisions > 3);
  });

  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  const paths = (): string[] => [
    '/',
    '/agents',
    '/agents/desk-assistant',
    '/agents/notes-keeper',
    '/surface',
    '/tokens',
    '/decisions',
    '/sessions',
    `/sessions/${encodeURIComponent(session?.session ?? '')}?agent=desk-assistant`,
    '/connect',
  ];

  it.each(LOOKS)('has no fault of access or console, $theme at $width', async (look) => {
    const faults: string[] = [];
    for (const path of paths()) {
      const { page, complaints } = await browser.open(server.url + path, look);
      await ready(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      faults.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html ?? ''}`));
      faults.push(...complaints.map((complaint) => `${path}: ${complaint}`));
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wider > 0) faults.push(`${path}: ${wider} px wider than the window`);
      await page.context().close();
    }
    expect(faults).toEqual([]);
  });

  it('leads from the overview to an agent, whose bands say used and never used', async () => {
    const { page } = await browser.open(server.url);
    await ready(page);
    await page
      .getByRole('link', { name: /desk-assistant/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'desk-assistant' }).waitFor();
    await ready(page);
    const row = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
    await row('tool:read_text_file').waitFor();
    expect(await row('tool:read_text_file').textContent()).toContain('used');
    expect(await row('tool:move_file').textContent()).toContain('too young');
    await page.context().close();
  });

  it('lands every link of the overview and of the agents on at least one row', async () => {
    const { page } = await browser.open(server.url);
    const empty: string[] = [];
    for (const from of ['/', '/agents', '/agents/desk-assistant', '/tokens', '/sessions']) {
      await page.goto(server.url + from);
      await ready(page);
      const links = await page
        .locator('main a[href^="/"]')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
      for (const link of new Set(links)) {
        if (link.startsWith('/api/')) continue;
        await page.goto(server.url + link);
        await ready(page);
        const rows = await page.locator('main tr, main [role=row], main li, main svg').count();
        if (rows === 0) empty.push(`${from} → ${link}`);
      }
    }
    expect(empty).toEqual([]);
    await page.context().close();
  });

  it('keeps filters, tab and window in the address, through a reload and back', async () => {
    const { page } = await browser.open(`${server.url}/decisions?effect=deny`);
    await ready(page);
    const denied = (await server.rows<DecisionRow>('/api/v1/decisions?effect=deny')).length;
    expect(denied).toBeGreaterThan(0);
    await page.reload();
    await ready(page);
    expect(page.url()).toContain('effect=deny');
    expect(await page.getByText('allow', { exact: true }).count()).toBe(0);
    await page.goto(`${server.url}/agents/desk-assistant`);
    await ready(page);
    await page.getByRole('link', { name: 'Drift', exact: true }).click();
    await expect.poll(() => page.url()).toMatch(/drift/i);
    await page.goBack();
    await expect.poll(() => page.url()).not.toMatch(/drift/i);
    await page.context().close();
  });

  it('shows a new decision in the live tail without a reload', async () => {
    const { page } = await browser.open(`${server.url}/decisions`);
    await ready(page);
    const rows = () => page.locator('main [role=table] [role=row], main tbody tr').count();
    const before = await rows();
    expect(before).toBeGreaterThan(0);
    await runScript('collector/demo/footprint-agent.ts', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    });
    await expect.poll(rows, { timeout: 20_000 }).toBeGreaterThan(before);
    await page.context().close();
  });
});

describe.skipIf(browserPath() === null)('the dashboard of a server that has seen nothing', () => {
  it('says the next step on every page', async () => {
    const server = await startServer();
    const browser = await startChromium();
    try {
      const mute: string[] = [];
      for (const path of ['/', '/agents', '/surface', '/tokens', '/decisions', '/sessions']) {
        const { page, complaints } = await browser.open(server.url + path);
        await ready(page);
        expect(complaints).toEqual([]);
        const ways = await page.locator('main a[href^="/connect"], main pre').count();
        if (ways === 0) mute.push(path);
        await page.context().close();
      }
      expect(mute).toEqual([]);
    } finally {
      await browser.close();
      await server.remove();
    }
  });
});
