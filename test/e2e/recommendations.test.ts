// Recommendations in a real Chromium: from the overview to one proposal, what people decide about it, and what they rule.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  AgentRow,
  ExemptionRow,
  QuarantineRow,
  RecommendationDetail,
  RecommendationRow,
} from '../../server/api/contract.ts';
import type { Chromium } from './browser.ts';
import { browserPath, startChromium } from './browser.ts';
import { faultsOf, ready } from './page-faults.ts';
import { ATTIC, CLERK, NEWCOMER, OFFICE, sendProposable } from './proposable.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

const possible = browserPath() !== null;
if (!possible) process.stderr.write('SKIPPED: recommendations in a browser, since it is missing\n');

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
] as const;
const SETTLED = { timeout: 60_000, interval: 250 };
const SOON = { timeout: 10_000 };
/** Further than any control of a page is from its start. */
const TABS_MAX = 60;

describe.skipIf(!possible)('recommendations', () => {
  let server: RunningServer;
  let browser: Chromium;
  let proposals: RecommendationRow[] = [];

  const pathOf = (kind: RecommendationRow['kind']): string =>
    `/recommendations/${proposals.find((row) => row.kind === kind)?.recommendation_id ?? 'none'}`;
  const open = async (path: string, look: Partial<(typeof LOOKS)[number]> = {}) => {
    const opened = await browser.open(server.url + path, look);
    await ready(opened.page);
    return opened;
  };
  const exemptions = async () =>
    (await server.get<{ rows: ExemptionRow[] }>('/api/v1/exemptions')).rows;
  const quarantines = async () =>
    (await server.get<{ rows: QuarantineRow[] }>('/api/v1/quarantines')).rows;
  /** Presses Tab until the control of this name has the focus. */
  const tabTo = async (page: Page, name: RegExp): Promise<void> => {
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      await page.keyboard.press('Tab');
      const told = await page.evaluate(() => document.activeElement?.textContent ?? '');
      if (name.test(told.trim())) return;
    }
    throw new Error(`no control ${String(name)} within ${TABS_MAX} tabs`);
  };
  const clerk = `/agents/${CLERK}?env=${OFFICE}`;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), startChromium()]);
    const { sessions } = await sendProposable(server.url);
    await vi.waitFor(async () => {
      const agents = await server.rows<AgentRow>('/api/v1/agents');
      expect(Object.fromEntries(agents.map((row) => [row.agent, row.sessions]))).toEqual({
        [NEWCOMER]: 1,
        [CLERK]: sessions,
      });
    }, SETTLED);
    proposals = await server.rows<RecommendationRow>('/api/v1/recommendations');
    await fetch(`${server.url}/api/v1/alerts/evaluate`, { method: 'POST' });
  });
  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  it('lead from the overview to one proposal with its evidence, replay, change, undo and policy', async () => {
    const { page, complaints } = await open('/');
    await page.getByRole('link', { name: /proven unused/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Recommendations' }).waitFor();
    await page.getByRole('link', { name: 'mail:read_archive' }).click();
    await page.getByRole('heading', { level: 1, name: 'Remove mail:read_archive' }).waitFor();
    await ready(page);
    const panel = (name: string) => page.getByRole('region', { name, exact: true });
    expect(await panel('What could break').textContent()).toMatch(/at most 4\.9.%.*60 sessions/s);
    expect(await panel('Replay on the past').textContent()).toContain('clean by construction');
    expect(await panel('From here').textContent()).toContain('Grant mail:read_archive');
    const change = page.getByRole('region', { name: 'Change of the policy' });
    const taken = (await change.textContent()) ?? '';
    expect(taken).toContain('-  action == Action::"mail:read_archive"');
    expect(taken).not.toContain('-  action == Action::"mail:read_spam"');
    await page.getByRole('link', { name: 'Rego', exact: true }).click();
    await expect.poll(() => page.url()).toContain('format=rego');
    await page.getByRole('link', { name: 'Whole policy' }).click();
    const download = page.waitForEvent('download');
    await page
      .getByRole('button', { name: /Download/ })
      .first()
      .click();
    expect((await download).suggestedFilename()).toMatch(/\.(rego|json)$/);
    await page.getByRole('link', { name: 'Its row on the surface' }).click();
    await page.getByRole('heading', { level: 1, name: CLERK }).waitFor();
    await page.getByRole('row').filter({ hasText: 'mail:read_archive' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('are accepted, asked first, restored and dismissed by the keyboard alone, and tell who did what', async () => {
    const { page, complaints } = await open(pathOf('just_in_time'));
    const state = () =>
      page.getByRole('region', { name: 'From here' }).locator('.chip').textContent();
    const decide = async (button: RegExp, reason: string) => {
      await page.locator('h1').click();
      await tabTo(page, button);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type(reason);
      await page.keyboard.press('Tab');
      if (/Dismiss/.test(button.source)) await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await tabTo(page, /^Accept$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Accept');
    await decide(/^Accept$/, 'the filter is rarely touched');
    await expect.poll(state, SOON).toBe('accepted');
    await decide(/^Ask first$/, '');
    await expect.poll(state, SOON).toBe('asked first');
    await decide(/^Restore$/, 'ada needed it');
    await expect.poll(state, SOON).toBe('restored');
    // Without a reason nothing is dismissed: the form says so.
    await tabTo(page, /^Dismiss…$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss' }).press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Escape');
    await decide(/^Dismiss…$/, 'needed until spring');
    await expect.poll(state, SOON).toBe('dismissed');
    const trail = page.getByRole('region', { name: 'From here' }).locator('ol li');
    await expect.poll(() => trail.count(), SOON).toBe(4);
    expect((await trail.allTextContents()).join('\n')).toMatch(/restored → dismissed.*spring/s);
    const { history } = await server.get<RecommendationDetail>(`/api/v1${pathOf('just_in_time')}`);
    const acts = history.map((one) => one.state).sort();
    expect(acts).toEqual(['accepted', 'asked_first', 'dismissed', 'restored']);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keep their filters in the address, and say how to see all where none fits', async () => {
    const { page } = await open('/recommendations');
    const rows = page.locator('main tbody tr:not(.kind)');
    await page.getByLabel('All kinds').selectOption('remove_permission');
    await expect.poll(() => page.url()).toContain('kind=remove_permission');
    await page.reload();
    await ready(page);
    expect(await rows.allTextContents()).toHaveLength(2);
    await page.getByLabel('All risks').selectOption('destructive');
    await page.getByRole('heading', { name: 'No proposal fits' }).waitFor();
    await page.getByRole('link', { name: /Show all \d+ proposals/ }).click();
    await expect.poll(() => rows.count()).toBe(proposals.length);
    expect(page.url()).toContain('state=any');
    await page.context().close();
  });

  it('land every link on at least one row', async () => {
    const { page } = await open('/recommendations');
    const empty: string[] = [];
    // The proposals themselves are opened by the looks below.
    const known = new Set(
      proposals.map(({ recommendation_id }) => `/recommendations/${recommendation_id}`),
    );
    for (const from of [
      '/recommendations',
      pathOf('narrow_resource'),
      pathOf('shorten_ttl'),
      clerk,
    ]) {
      await page.goto(server.url + from);
      await ready(page);
      const links = await page
        .locator('main a[href^="/"]:not([download])')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
      for (const link of links) {
        if (link.startsWith('/api/') || known.has(link.replace(/\?.*/, '')) || known.has(link))
          continue;
        known.add(link);
        await page.goto(server.url + link);
        await ready(page);
        const there = await page.locator('main tr, main li, main dt, main svg').count();
        if (there === 0) empty.push(`${from} → ${link}`);
      }
    }
    expect(empty).toEqual([]);
    await page.context().close();
  });

  it('leave out what is exempt: by two people where it is heavy, with who and why, until it is ended', async () => {
    const { page, complaints } = await open(clerk);
    const row = page.getByRole('row').filter({ hasText: 'crm:delete_account' });
    await row.getByRole('button', { name: 'Exempt' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Owner/).fill('legal');
    await dialog.getByLabel(/^Approved by/).fill('Legal');
    await dialog.getByLabel('Reason').fill('the year is not closed');
    await dialog.getByLabel(/^For so many days/).fill('91');
    await page.keyboard.press('Enter');
    expect(await exemptions()).toEqual([]);
    await dialog.getByLabel(/^For so many days/).fill('90');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').filter({ hasText: 'Somebody else' }).waitFor();
    await dialog.getByLabel(/^Approved by/).fill('security');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await row.filter({ hasText: /exempt.*until \S+ by legal: the year is not closed/s }).waitFor();
    const [exemption] = await exemptions();
    expect(exemption).toMatchObject({
      owner: 'legal',
      approved_by: 'security',
      permission: 'crm:delete_account',
    });
    await row.getByRole('button', { name: /^End it/ }).press('Enter');
    await dialog.getByRole('button', { name: 'End it' }).press('Enter');
    await row.filter({ hasText: 'insufficient' }).waitFor();
    expect(await exemptions()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('count no use of a quarantined session, tell both verdicts, and count it again when lifted', async () => {
    const { page, complaints } = await open(`/sessions/clerk-060?agent=${CLERK}&env=${OFFICE}`);
    const dialog = page.getByRole('dialog');
    for (const session of ['clerk-060', 'clerk-120']) {
      await page.goto(`${server.url}/sessions/${session}?agent=${CLERK}&env=${OFFICE}`);
      await ready(page);
      await page.getByRole('button', { name: 'Quarantine…' }).press('Enter');
      await dialog.getByLabel('Which uses').selectOption('mail:update_filter');
      await dialog.getByLabel('Reason').fill('a mail told it to');
      await dialog.getByRole('button', { name: 'Quarantine' }).press('Enter');
      await page.getByText('a mail told it to').waitFor();
    }
    await page.goto(`${server.url}${clerk}&q=update_filter`);
    await ready(page);
    await page.getByRole('button', { name: '2 uses quarantined, else rare' }).press('Enter');
    expect(await dialog.textContent()).toMatch(/the verdict is \S+.*it would be\s+rare/s);
    await dialog.getByRole('button', { name: /^Lift.*clerk-060/ }).press('Enter');
    await expect.poll(async () => (await quarantines()).length, SOON).toBe(1);
    await dialog.getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByRole('button', { name: /^1 use quarantined/ }).waitFor();
    await page.goto(`${server.url}/sessions/clerk-120?agent=${CLERK}&env=${OFFICE}`);
    await page.getByRole('button', { name: /^Lift/ }).press('Enter');
    await page.getByText('a mail told it to').waitFor({ state: 'detached' });
    expect(await quarantines()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)('have no fault of access or console, $theme at $width', async (look) => {
    const at = LOOKS.indexOf(look);
    // Each kind in one of the looks: they share their parts.
    const kinds = [...new Set(proposals.map(({ kind }) => kind))].filter(
      (_kind, index) => index % LOOKS.length === at,
    );
    const sometimes = [`/recommendations?env=${ATTIC}`, clerk, '/alerts'];
    const faults: string[] = [];
    for (const path of [
      '/recommendations',
      ...kinds.map(pathOf),
      `${clerk}&tab=recommendations`,
      ...(at === 1 || at === 2 ? sometimes : []),
    ]) {
      const opened = await open(path, look);
      faults.push(...(await faultsOf(opened, path)));
      await opened.page.context().close();
    }
    expect(kinds.length).toBeGreaterThan(1);
    expect(faults).toEqual([]);
  });

  it('have the alerts beside them on every page, one click away', async () => {
    const { page } = await open(pathOf('remove_permission'), { width: 390 });
    await page.getByRole('link', { name: /^Alerts, \d+ fires? now$/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await page
      .getByRole('link', { name: new RegExp(`${NEWCOMER} holds crm:delete_account`) })
      .click();
    await page.getByRole('row').filter({ hasText: 'crm:delete_account' }).waitFor();
    await page.context().close();
  });
});
