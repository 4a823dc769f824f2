// Every page of the dashboard in a real Chromium, over what the demo's agents did.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecisionRow, SessionRow, TokenRow } from '../../server/api/contract.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { faultsInLooks, ready } from './page-faults.ts';
import type { RunningServer } from './server.ts';
import { ROOT, runScript, startServer } from './server.ts';

const possible = browserPath() !== null && existsSync(`${ROOT}collector/demo/node_modules`);
if (!possible)
  process.stderr.write('SKIPPED: the dashboard, since Chromium or the demo is missing\n');

/** Of all the demo's agents. */
const TOKENS = 27;

/** What browsers call a good share of the page that moves while it loads (web vitals: 0.1 at most). */
const SHIFT_MAX = 0.1;

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
        if (tokens.length < TOKENS) throw new Error(`only ${tokens.length} tokens`);
      },
      { timeout: 60_000, interval: 500 },
    );
    const sessions = await server.rows<SessionRow>('/api/v1/sessions?agent=support-agent');
    session = sessions.find(({ decisions }) => decisions > 3);
  });

  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  const paths = (): string[] => [
    '/',
    '/agents',
    '/agents/support-agent',
    '/agents/notes-keeper',
    '/surface',
    '/tokens',
    '/decisions',
    '/sessions',
    `/sessions/${encodeURIComponent(session?.session ?? '')}?agent=support-agent`,
    '/connect',
  ];

  const tabs = ['drift', 'tokens', 'sessions', 'decisions'].map(
    (tab) => `/agents/support-agent?tab=${tab}`,
  );

  it('has no fault of access or console, in both themes, wide and narrow', async () => {
    const faults: string[] = [];
    const opened = await browser.open(`${server.url}/connect`);
    for (const path of [...paths(), ...tabs]) {
      await opened.page.setViewportSize({ width: 1280, height: 860 });
      await opened.page.goto(server.url + path);
      faults.push(...(await faultsInLooks(opened, path, [1280, 390])));
    }
    await opened.page.context().close();
    expect(faults).toEqual([]);
  });

  it('leads from the overview to an agent, whose bands say used and never used', async () => {
    const { page } = await browser.open(server.url);
    await ready(page);
    // Other links name it too, each with a tab or a permission of its own.
    const plain = ':not([href*="tab="], [href*="q="])';
    await page.locator(`main a[href^="/agents/support-agent"]${plain}`).first().click();
    await page.getByRole('heading', { level: 1, name: 'support-agent' }).waitFor();
    await ready(page);
    const row = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
    await row('mcp.tickets:read_ticket').waitFor();
    expect(await row('mcp.tickets:read_ticket').textContent()).toContain('used');
    expect(await row('mcp.tickets:delete_ticket').textContent()).toContain('too young');
    await page.context().close();
  });

  it('lands every link of the overview and of the agents on at least one row', async () => {
    const { page } = await browser.open(server.url);
    const empty: string[] = [];
    const seen = new Set<string>();
    for (const from of ['/', '/agents', '/agents/support-agent', '/tokens', '/sessions']) {
      await page.goto(server.url + from);
      await ready(page);
      const links = await page
        .locator('main a[href^="/"]')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
      for (const link of new Set(links)) {
        if (link.startsWith('/api/') || seen.has(link)) continue;
        seen.add(link);
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
    await page.goto(`${server.url}/agents/support-agent`);
    await ready(page);
    await page.getByRole('link', { name: 'Drift', exact: true }).click();
    await expect.poll(() => page.url()).toMatch(/drift/i);
    await page.goBack();
    await expect.poll(() => page.url()).not.toMatch(/drift/i);
    await page.context().close();
  });

  it('asks for a value of a decision by a click on it, and leaves it out with Alt or by the keyboard', async () => {
    const { page } = await browser.open(`${server.url}/decisions`);
    await ready(page);
    const values = (name: string) => page.locator(`tbody td.${name} a.only`);
    await values('permission').filter({ hasText: 'mcp.tickets:reply_ticket' }).first().click();
    await expect.poll(() => page.url()).toContain('permission=mcp.tickets%3Areply_ticket');
    const asked = await server.rows('/api/v1/decisions?permission=mcp.tickets:reply_ticket');
    await expect.poll(() => values('permission').count()).toBe(asked.length);
    await page.getByRole('link', { name: 'Clear all' }).click();
    await expect.poll(() => page.url()).not.toContain('permission');
    await values('effect')
      .filter({ hasText: 'deny' })
      .first()
      .click({ modifiers: ['Alt'] });
    await expect.poll(() => page.url()).toContain('not_effect=deny');
    await expect.poll(() => values('effect').filter({ hasText: 'deny' }).count()).toBe(0);
    const agent = (await values('agent').first().textContent())?.trim() ?? '';
    await page.locator('tbody a[tabindex="0"]').focus();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain(`not_agent=${agent}`);
    await page.context().close();
  });

  it('exports what the page is filtered to, all of it', async () => {
    const { page } = await browser.open(server.url);
    const rowsOf = async (path: string): Promise<number> => {
      await page.goto(server.url + path);
      await ready(page);
      const href = await page
        .locator('main a[download][href*="format=jsonl"]')
        .getAttribute('href');
      const answer = await fetch(server.url + (href ?? '/no-export'));
      expect(answer.status).toBe(200);
      return (await answer.text()).split('\n').filter((line) => line !== '').length;
    };
    const count = async (path: string) => (await server.rows(`/api/v1${path}`)).length;
    expect(await rowsOf('/decisions?effect=deny')).toBe(await count('/decisions?effect=deny'));
    expect(await rowsOf('/tokens?show=revoked')).toBe(16);
    expect(await rowsOf('/agents?q=support')).toBe(1);
    expect(await rowsOf('/sessions?agent=support-agent')).toBe(5);
    const destructive = '/agents/support-agent/surface?risk=destructive';
    expect(await rowsOf('/agents/support-agent?q=destructive')).toBe(await count(destructive));
    const kept = await count('/surface?granted=true&verdict=too_young&verdict=insufficient');
    expect(await rowsOf('/surface?show=blind')).toBe(kept);
    expect(await rowsOf('/agents/support-agent?tab=decisions')).toBe(15);
    await page.context().close();
  });

  it('leads from the figures of the overview to tabs that count the same', async () => {
    const { page } = await browser.open(server.url);
    await ready(page);
    const line = page.getByRole('link', { name: /outlived their session/ });
    const figure = /\d+/.exec((await line.textContent()) ?? '')?.[0];
    await line.click();
    const tab = page.locator('nav.tabs a[aria-current]');
    await expect.poll(() => tab.textContent()).toBe(`Outlived session${figure ?? ''}`);
    await ready(page);
    expect(await page.locator('main .bars a').count()).toBe(Number(figure));
    await page.context().close();
  });

  it('names the cause where an answer fails, and mends itself by a second try', async () => {
    const { page } = await browser.open(`${server.url}/connect`);
    let broken = true;
    await page.route('**/api/v1/**', async (route) => {
      const error = { code: 'internal', message: 'the disk is full', request_id: 'r-1' };
      if (broken) await route.fulfill({ status: 500, json: { error } });
      else await route.continue();
    });
    const mute: string[] = [];
    for (const path of paths().filter((one) => one !== '/connect')) {
      broken = true;
      await page.goto(server.url + path);
      const failed = page.getByRole('alert').filter({ hasText: 'the disk is full' });
      await failed.first().waitFor();
      broken = false;
      for (let left = await failed.count(); left > 0; left = await failed.count())
        await failed.first().getByRole('button', { name: 'Try again' }).click();
      await ready(page);
      if ((await page.locator('main tr, main li, main svg').count()) === 0) mute.push(path);
    }
    expect(mute).toEqual([]);
    await page.context().close();
  });

  it.each([1280, 390])('moves nothing when slow answers come, at %i', async (width) => {
    const { page } = await browser.open(`${server.url}/connect`, { width });
    await page.addInitScript(() => {
      const shifts = { sum: 0 };
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.sum += Reflect.get(entry, 'value') as number;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.route('**/api/v1/**', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    const jumping: string[] = [];
    for (const path of paths()) {
      await page.goto(server.url + path);
      await ready(page);
      const sum = await page.evaluate(
        () => (Reflect.get(globalThis, 'shifts') as { sum: number }).sum,
      );
      if (sum > SHIFT_MAX) jumping.push(`${path}: ${sum.toFixed(3)}`);
    }
    expect(jumping).toEqual([]);
    await page.context().close();
  });

  it('shows a new decision in the live tail without a reload', async () => {
    const { page } = await browser.open(`${server.url}/decisions?agent=calendar-assistant`);
    await ready(page);
    const rows = () => page.locator('main [role=table] [role=row], main tbody tr').count();
    const before = await rows();
    expect(before).toBeGreaterThan(0);
    await runScript('collector/demo/calendar-assistant.ts', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      FOOTPRINT_SPOOL: 'off',
    });
    await expect.poll(rows, { timeout: 20_000 }).toBeGreaterThan(before);
    await page.context().close();
  });
});
