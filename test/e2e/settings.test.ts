// The settings page in a real Chromium: rulings that can be ended there, the audit log, and what is in force.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { LONG_NAME, MARKUP_NAME } from './extremes.ts';
import { faultsOf, ready } from './page-faults.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

const possible = browserPath() !== null;
if (!possible) process.stderr.write('SKIPPED: the settings page, since Chromium is missing\n');

const TABS = ['/settings', '/settings?tab=audit', '/settings?tab=server'];
/** What a page shows within, on a busy machine. */
const SOON = { timeout: 15_000 };
const PERMISSIONS = ['mail:send', MARKUP_NAME, `mcp.${LONG_NAME}:delete`, 'crm:*'];

describe.skipIf(!possible)('the settings page', () => {
  let server: RunningServer;
  let browser: Chromium;

  const put = async (path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  };

  beforeAll(async () => {
    server = await startServer();
    browser = await startChromium();
    const { page } = await browser.open(`${server.url}/settings`);
    await ready(page);
    expect(await page.textContent('main')).toContain('Nothing is exempt');
    for (const permission of PERMISSIONS) {
      await put('/exemptions', {
        agent: LONG_NAME,
        permission,
        owner: 'ada',
        approved_by: 'grace',
        reason: 'the yearly audit needs it',
        days: 30,
      });
    }
    await put('/quarantines', {
      agent: LONG_NAME,
      session: 'incident-7',
      reason: 'told by an injected ticket',
    });
  });
  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  const countOf = (page: Page, name: RegExp) => page.getByRole('button', { name }).count();

  it.each([
    { theme: 'light', width: 1280 },
    { theme: 'dark', width: 390 },
  ] as const)('has no fault of access or console, $theme at $width', async (look) => {
    const faults: string[] = [];
    for (const path of TABS) {
      const opened = await browser.open(server.url + path, look);
      await ready(opened.page);
      faults.push(...(await faultsOf(opened, path)));
      await opened.page.context().close();
    }
    expect(faults).toEqual([]);
  });

  it('ends an exemption at the second press by the keyboard, and the audit log tells it', async () => {
    const { page } = await browser.open(server.url);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await expect.poll(() => countOf(page, /the exemption of/), SOON).toBe(PERMISSIONS.length);
    const button = page.getByRole('button', { name: 'End the exemption of mail:send' });
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await countOf(page, /Really end the exemption of mail:send/)).toBe(1);
    await page.keyboard.press('Enter');
    await expect.poll(() => countOf(page, /the exemption of/), SOON).toBe(PERMISSIONS.length - 1);
    await page.getByRole('link', { name: 'Audit log' }).click();
    const latest = async () => (await page.locator('main ol > li').allTextContents())[0];
    await expect.poll(latest, SOON).toMatch(/local\s+exemption\.remove\s+default .*mail:send/);
    expect(await page.textContent('main')).toContain('6 entries, as written');
    await page.context().close();
  });
});
