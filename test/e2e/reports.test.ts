// Reports in a real Chromium: run, read, scheduled, sent to a folder, and paused again.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReportRow, ScheduleRow, TokenRow } from '../../server/api/contract.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { faultsOf, ready } from './page-faults.ts';
import type { RunningServer } from './server.ts';
import { ROOT, runScript, startServer } from './server.ts';

const possible = browserPath() !== null && existsSync(`${ROOT}collector/demo/node_modules`);
if (!possible)
  process.stderr.write('SKIPPED: reports in a browser, since Chromium or the demo is missing\n');

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
] as const;

describe.skipIf(!possible)('reports', () => {
  let server: RunningServer;
  let browser: Chromium;
  const run = async (): Promise<string> => {
    const rows = await server.rows<ReportRow>('/api/v1/reports');
    return rows.find((row) => row.name === 'unused_grants')?.last_run?.id ?? '';
  };

  beforeAll(async () => {
    server = await startServer();
    browser = await startChromium();
    await runScript('collector/demo/run.ts', [], { FOOTPRINT_URL: server.url });
    await vi.waitFor(
      async () => {
        const tokens = await server.rows<TokenRow>('/api/v1/tokens');
        if (tokens.length === 0) throw new Error('no tokens');
      },
      { timeout: 60_000, interval: 500 },
    );
  });
  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  it('are run by a button, and the run shows its rows, its SQL and its files', async () => {
    const { page, complaints } = await browser.open(`${server.url}/reports`);
    await ready(page);
    await page.getByRole('button', { name: 'Run now: Permissions held and never used' }).click();
    await page.getByRole('link', { name: /^\d+ rows, / }).click();
    await page.getByRole('heading', { name: 'Permissions held and never used' }).waitFor();
    await page.getByRole('region', { name: /rows$/ }).waitFor();
    expect(await page.locator('table tbody tr').count()).toBeGreaterThan(3);
    await page.getByText('SQL', { exact: true }).click();
    expect(await page.locator('pre').textContent()).toContain('-- report: ');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/^unused_grants-.*\.csv$/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('are scheduled to a destination that was tried, by the keyboard alone, then paused and deleted', async () => {
    const { page } = await browser.open(`${server.url}/reports?tab=destinations&edit=new`);
    await ready(page);
    await page.getByLabel('Name').fill('weekly');
    await page.getByLabel(/^Folder, below/).fill('e2e-weekly');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete weekly' }).waitFor();
    await page.goto(`${server.url}/reports?tab=schedules&edit=new&report=new_grants`);
    await ready(page);
    await page.getByLabel('When, as cron').fill('7 7 99 * *');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('cron');
    await page.getByLabel('When, as cron').fill('0 7 * * 1');
    await page.getByLabel('Time zone').selectOption('Europe/Berlin');
    await page.getByLabel('weekly').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByRole('button', { name: 'Pause Permissions newly held' }).press('Enter');
    await page.getByText('paused').waitFor();
    const [schedule] = await server.rows<ScheduleRow>('/api/v1/reports/schedules');
    expect(schedule).toMatchObject({
      report: 'new_grants',
      cron: '0 7 * * 1',
      time_zone: 'Europe/Berlin',
      formats: ['html'],
      enabled: false,
    });
    expect(schedule?.destinations).toHaveLength(1);
    const remove = page.getByRole('button', { name: /elete the schedule/ });
    await remove.press('Enter');
    await remove.press('Enter');
    await page.getByRole('heading', { name: 'Nothing runs by itself' }).waitFor();
    await page.context().close();
  });

  it.each(LOOKS)('have no fault of access or console, $theme at $width', async (look) => {
    const faults: string[] = [];
    for (const path of [
      '/reports',
      '/reports?tab=schedules&edit=new',
      '/reports?tab=destinations&edit=new',
      '/reports/unused_grants',
      `/reports/runs/${await run()}`,
    ]) {
      const opened = await browser.open(server.url + path, look);
      await ready(opened.page);
      // The rows of a run have as many columns as its report: they scroll in a region that takes the keyboard.
      const found = await faultsOf(opened, path.replace(/[0-9a-f-]{36}/, 'id'));
      faults.push(...found.filter((fault) => !fault.includes('scrolls sideways: <div> severity')));
      await opened.page.context().close();
    }
    expect(faults).toEqual([]);
  });
});
