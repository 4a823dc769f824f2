// The dashboard in a real Chromium over agents at the edges of what a page must bear, and over none at all.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agentPath } from '../../web/lib/search.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { ENVIRONMENTS, LONG_NAME, MARKUP_NAME, ODD_NAME, sendExtremes } from './extremes.ts';
import { faultsInLooks, ready } from './page-faults.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

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

  it('cuts and spills nothing, in both themes, narrow and wide', async () => {
    const faults: string[] = [];
    const opened = await browser.open(`${server.url}/connect`, { width: 390 });
    for (const path of paths) {
      await opened.page.setViewportSize({ width: 390, height: 860 });
      await opened.page.goto(server.url + path);
      faults.push(...(await faultsInLooks(opened, path, [390, 1280])));
    }
    await opened.page.context().close();
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
