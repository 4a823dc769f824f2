// Every page of the dashboard in a real Chromium, over what the demo's agents did.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecisionRow, SessionRow, TokenRow } from '../../server/api/contract.ts';
import { agentPath } from '../../web/lib/search.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { ENVIRONMENTS, LONG_NAME, MARKUP_NAME, ODD_NAME, sendExtremes } from './extremes.ts';
import { faultsOf, ready } from './page-faults.ts';
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

  it.each(LOOKS)('has no fault of access or console, $theme at $width', async (look) => {
    const faults: string[] = [];
    // The tabs of an agent in one look of each width: they are drawn as the pages are.
    const more = look === LOOKS[1] || look === LOOKS[2] ? tabs : [];
    for (const path of [...paths(), ...more]) {
      const opened = await browser.open(server.url + path, look);
      await ready(opened.page);
      faults.push(...(await faultsOf(opened, path)));
      await opened.page.context().close();
    }
    expect(faults).toEqual([]);
  });

  it('leads from the overview to an agent, whose bands say used and never used', async () => {
    const { page } = await browser.open(server.url);
    await ready(page);
    await page
      .getByRole('link', { name: /support-agent/ })
      .first()
      .click();
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
    for (const from of ['/', '/agents', '/agents/support-agent', '/tokens', '/sessions']) {
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
      await page.waitForTimeout(300);
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

describe.skipIf(browserPath() === null)('the dashboard over agents at its edges', () => {
  let server: RunningServer;
  let browser: Chromium;
  const env = (environment: string, more = '') => `?env=${environment}${more}`;
  const odd = env(ENVIRONMENTS.odd);

  beforeAll(async () => {
    server = await startServer();
    browser = await startChromium();
    const sent = await sendExtremes(server.url);
    await vi.waitFor(async () => expect(await server.rows('/api/v1/agents')).toHaveLength(sent), {
      timeout: 60_000,
      interval: 500,
    });
  });

  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  const paths = [
    '/',
    `/${env('crowd')}`,
    `/agents${env('crowd')}`,
    '/surface',
    `/surface${env('crowd')}`,
    `/surface${env('wide')}`,
    `/surface${env('wide', '&open=tool+delete')}`,
    `/agents/octopus${env('wide')}`,
    `/agents/hermit${env('alone')}`,
    `/agents/hermit${env('alone', '&tab=decisions')}`,
    `/agents/hermit${env('alone', '&tab=tokens')}`,
    `/agents/hermit${env('alone', '&tab=drift')}`,
    `/agents${odd}`,
    `/surface${odd}`,
    `/sessions${odd}`,
    `/decisions${odd}`,
    `${agentPath(LONG_NAME)}${odd}`,
    `${agentPath(ODD_NAME)}${odd}`,
    `${agentPath(MARKUP_NAME)}${odd}`,
    `${agentPath(MARKUP_NAME)}${odd}&tab=sessions`,
  ];

  it.each([LOOKS[0], LOOKS[3]])('cuts and spills nothing, $theme at $width', async (look) => {
    const faults: string[] = [];
    for (const path of paths) {
      const opened = await browser.open(server.url + path, look);
      await ready(opened.page);
      faults.push(...(await faultsOf(opened, path)));
      await opened.page.context().close();
    }
    expect(faults).toEqual([]);
  });

  it('opens a group of the matrix down to single permissions, in the address and back', async () => {
    const { page } = await browser.open(`${server.url}/surface${env('wide')}`);
    await ready(page);
    const heads = page.locator('thead th[scope=col] a');
    await heads.first().waitFor();
    expect(await page.locator('thead th[scope=col]').count()).toBeLessThanOrEqual(31);
    await page.getByRole('link', { name: /delete_asset\*, 19 permissions/ }).press('Enter');
    await expect.poll(() => page.url()).toContain('open=tool+delete+asset');
    const path = page.getByRole('navigation', { name: 'Opened group' });
    expect(await path.textContent()).toMatch(/All permissions.*tool.*delete.*asset/);
    await expect.poll(() => heads.count()).toBe(0);
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('link', { name: /Not judged yet/ }).click();
    await expect.poll(() => page.url()).toContain('show=blind');
    expect(page.url()).toContain('open=tool+delete+asset');
    await path.getByRole('link', { name: 'All permissions' }).click();
    await expect.poll(() => heads.count()).toBeGreaterThan(0);
    await page.context().close();
  });

  it('walks the matrix by arrows from one tab stop', async () => {
    const { page } = await browser.open(`${server.url}/surface${env('crowd')}`);
    await ready(page);
    await page.locator('tbody a').first().waitFor();
    expect(await page.locator('table a[tabindex="0"]').count()).toBe(1);
    await page.locator('table a[tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const focused = page.locator('table a:focus');
    expect(await focused.getAttribute('title')).toMatch(/worker-\d+, tool:/);
    await page.context().close();
  });

  it('says what is missing of an agent without grants and decisions, and how to tell it', async () => {
    const { page } = await browser.open(`${server.url}/agents/hermit${env('alone')}`);
    await ready(page);
    expect(await page.locator('main').textContent()).toContain('Used only');
    expect(await page.locator('main pre').first().textContent()).toContain('/agents/hermit/grants');
    await page.getByRole('link', { name: 'Decisions', exact: true }).last().click();
    await ready(page);
    await expect.poll(() => page.locator('main pre').textContent()).toContain('await authorize(');
    await page.context().close();
  });

  it('shows the worst hundred of a thousand permissions, and all when asked', async () => {
    const { page } = await browser.open(`${server.url}/agents/octopus${env('wide')}`);
    await ready(page);
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(100);
    expect(await rows.first().textContent()).toMatch(/of 90 days, 1 of \d+ sessions/);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => rows.count()).toBe(1200);
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
