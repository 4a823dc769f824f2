// Reports of a real server: what is listed, a run and what is kept of it, every format, a folder that changes, the command line.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as footprint } from '../../../server/cli.ts';
import type { Parts } from '../../../server/main.ts';
import type { Page, ReportRow, RunDetail, RunRow } from '../../../server/api/contract.ts';
import * as contract from '../../../server/api/contract.ts';
import * as v from 'valibot';
import { agentTrace, openTestParts, otlpJson, temporaryFolder } from '../served.ts';

const BASE = 'http://127.0.0.1:4318';
const OWN = `-- report: Agents
-- question: Which agents are there?
-- grain: one row per agent
-- param: workspace text  the tenant
-- param: limit integer   rows
-- column: severity text  always low
-- column: agent text     who
-- severity: severity
select 'low' as severity, agent from agents where workspace = $workspace order by agent limit $limit;
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let parts: Parts;

const call = (path: string, init: RequestInit = {}) =>
  parts.app.request(`${BASE}/api/v1${path}`, {
    ...init,
    headers: { host: '127.0.0.1:4318', 'content-type': 'application/json' },
  });
const json = async <Answer>(path: string, init?: RequestInit): Promise<Answer> =>
  (await (await call(path, init)).json()) as Answer;
const runToEnd = async (name: string, params: object = {}): Promise<RunDetail> => {
  const init = { method: 'POST', body: JSON.stringify(params) };
  const { id } = await json<RunRow>(`/reports/${name}/run`, init);
  for (;;) {
    const run = await json<RunDetail>(`/reports/runs/${id}`);
    if (run.state !== 'running') return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const listed = async (name: string): Promise<ReportRow | undefined> =>
  (await json<Page<ReportRow>>('/reports')).rows.find((row) => row.name === name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'reports'));
  await writeFile(join(folder.path, 'reports', 'mine.sql'), OWN);
  parts = await openTestParts(folder.path);
  const spans = agentTrace('0af7651916cd43dd8448eb211c80319c', Date.now() - 3_600_000);
  await parts.app.request(`${BASE}/v1/traces`, {
    method: 'POST',
    headers: { host: '127.0.0.1:4318', 'content-type': 'application/json' },
    body: otlpJson(spans),
  });
  await parts.store.settleAll();
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

describe('the reports of a server', () => {
  it('are listed as the contract says, the built-in ones and those of the folder', async () => {
    const page = await json<Page<ReportRow>>('/reports');
    v.parse(contract.page(contract.reportRow), page);
    expect(await listed('mine')).toMatchObject({ source: 'folder', title: 'Agents', fault: null });
    expect(await listed('new_grants')).toMatchObject({
      source: 'built_in',
      window_days: 7,
      schedule: '0 7 * * *',
      last_run: null,
    });
  });

  it('run, and keep their rows, parameters, digest, duration and findings', async () => {
    const run = await runToEnd('new_grants', { environment: 'default' });
    v.parse(contract.runDetail, run);
    expect(run).toMatchObject({
      report: 'new_grants',
      state: 'done',
      started_by: 'local',
      truncated: false,
      params: { environment: 'default', agent: null },
      row_count: run.rows.length,
    });
    expect(run.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(run.rows[0]).toMatchObject({ severity: 'high', permission: 'tool:delete_booking' });
    expect(run.counts?.high).toBe(run.rows.filter((row) => row['severity'] === 'high').length);
    expect((await listed('new_grants'))?.last_run?.id).toBe(run.id);
    const kept = await json<Page<RunRow>>('/reports/new_grants/runs?limit=1');
    expect(kept.rows.map((row) => row.id)).toEqual([run.id]);
  });

  it('answer a run as a file in every format, with nothing that runs or that a sheet would run', async () => {
    const { id } = await runToEnd('denied_actions');
    const file = async (format: string) => {
      const response = await call(`/reports/runs/${id}?format=${format}`);
      expect(response.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename="denied_actions-.*\\.${format}"$`),
      );
      return response.text();
    };
    expect(await file('csv')).toContain(",'=cmd(),");
    expect(await file('md')).toMatch(/^# What agents were denied\n/);
    expect((JSON.parse(await file('json')) as RunDetail).rows).toHaveLength(1);
    const html = await file('html');
    expect(html).toContain('<h1');
    expect(html).toContain('oauth:calendar.write');
    expect(html).not.toMatch(/<script|<img|<link|src=|url\(|javascript:/i);
    expect((await call(`/reports/runs/${id}?format=pdf`)).status).toBe(400);
  });

  it('refuse what cannot be run, with the reason', async () => {
    const refused = async (path: string, body: unknown) => {
      const response = await call(path, { method: 'POST', body: JSON.stringify(body) });
      const told = (await response.json()) as { error: { message: string } };
      return [response.status, told.error.message];
    };
    expect(await refused('/reports/nothing/run', {})).toEqual([
      404,
      'there is no report "nothing"',
    ]);
    expect(await refused('/reports/new_grants/run', { since: 'yesterday' })).toEqual([
      400,
      'param "since" must be an instant, got "yesterday"',
    ]);
    expect(await refused('/reports/new_grants/run', { user: 'x' })).toEqual([
      400,
      expect.stringContaining('user'),
    ]);
    expect((await call('/reports/runs/nothing')).status).toBe(404);
    expect((await call('/reports/nothing/runs')).status).toBe(404);
    expect((await call('/reports?x=1')).status).toBe(400);
  });
});

describe('a file of the user’s own', () => {
  it('runs over its workspace', async () => {
    const run = await runToEnd('mine');
    expect(run).toMatchObject({ state: 'done', rows: [{ severity: 'low', agent: 'booker' }] });
  });

  it('is listed, read again and checked while the server runs', async () => {
    const path = join(folder.path, 'reports', 'second.sql');
    const until = async (fits: (row: ReportRow | undefined) => boolean) => {
      for (let tries = 0; tries < 200; tries += 1) {
        const row = await listed('second');
        if (fits(row)) return row;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('the folder was not read again');
    };
    await writeFile(path, OWN.replace('from agents', "from read_csv('/etc/passwd')"));
    const broken = await until((row) => row !== undefined);
    expect(broken?.fault).toContain('the function "read_csv" is not allowed in reports');
    const run = await call('/reports/second/run', { method: 'POST', body: '{}' });
    expect(run.status).toBe(400);
    await writeFile(path, OWN);
    await until((row) => row?.fault === null);
    expect((await runToEnd('second')).state).toBe('done');
  });
});

describe('footprint report', () => {
  const command = async (...argv: string[]) => {
    const told = { out: '', err: '' };
    // The folder is the running server's, so that the command has to ask that one.
    const code = await footprint([...argv], {
      out: (text) => (told.out += text),
      err: (text) => (told.err += text),
      tty: false,
      now: () => Date.now(),
      cwd: folder.path,
      env: { FOOTPRINT_DATA: join(folder.path, 'other'), FOOTPRINT_PORT: '0' },
      untilStopped: () => Promise.resolve(''),
    });
    return { code, ...told };
  };

  it('lists the reports', async () => {
    const { code, out } = await command('report', 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^unused_grants +Which permissions did an agent hold and never use/m);
  });

  it('ends with 0 where nothing is found and writes the file asked for', async () => {
    const { code } = await command(
      'report',
      'run',
      'new_grants',
      '--format',
      'csv',
      '--out',
      'new.csv',
      '--fail-on',
      'high',
    );
    expect(code).toBe(0);
    expect(await readFile(join(folder.path, 'new.csv'), 'utf8')).toMatch(/^severity,agent,/);
  });

  it('ends with 1 where it finds what it was told to fail on', async () => {
    const file = join(folder.path, 'found', 'reports');
    await mkdir(file, { recursive: true });
    await writeFile(
      join(file, 'found.sql'),
      OWN.replace(
        "'low' as severity, agent from agents where workspace = $workspace order by agent",
        "'medium' as severity, $workspace as agent",
      ),
    );
    const run = (least: string) =>
      command('report', 'run', 'found', '--reports', file, '--fail-on', least);
    expect(await run('high')).toMatchObject({ code: 0, out: 'Agents: 1 row(s), 1 medium\n' });
    expect(await run('medium')).toMatchObject({
      code: 1,
      err: 'footprint: 1 finding(s) of severity medium or worse\n',
    });
  });

  it('ends with 1 where a severity is none, and names it', async () => {
    const file = join(folder.path, 'unknown', 'reports');
    await mkdir(file, { recursive: true });
    await writeFile(
      join(file, 'found.sql'),
      OWN.replace(
        "'low' as severity, agent from agents where workspace = $workspace order by agent",
        "'catastrophic' as severity, $workspace as agent",
      ),
    );
    const { code, err } = await command(
      'report',
      'run',
      'found',
      '--reports',
      file,
      '--fail-on',
      'high',
    );
    expect(code).toBe(1);
    expect(err).toContain('the severity "catastrophic", which is none of info, low, medium, high');
  });

  it('ends with 1 where there is neither a server nor data: nothing was asked', async () => {
    const nowhere = join(folder.path, 'nowhere');
    const { code, err } = await command('report', 'run', 'new_grants', '--data', nowhere);
    expect(code).toBe(1);
    expect(err).toContain(`there is no data folder ${nowhere}`);
  });

  it('ends with 2 where it is called wrongly', async () => {
    expect((await command('report', 'run')).code).toBe(2);
    expect((await command('report', 'run', 'new_grants', '--fail-on', 'bad')).code).toBe(2);
    expect((await command('report', 'run', 'new_grants', '--format', 'pdf')).code).toBe(2);
  });
});
