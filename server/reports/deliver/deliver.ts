// Sends a run to its destinations, tries again where that may help, and keeps how it ended.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../../control/control.ts';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { KeptRun } from '../kept.ts';
import { render, type Format, type Rendered } from '../render/render.ts';
import type { Destinations, Target } from './destinations.ts';
import { mail } from './email.ts';
import { bodyOf, post, type Posted } from './webhook.ts';

export interface DeliverOptions {
  control: Control;
  destinations: Destinations;
  /** Folder below which folders are. */
  output: string;
  hosts: readonly string[];
  smtp_url: string | null;
  smtp_from: string;
  now: () => number;
  log: Log;
  /** Milliseconds before the second try, then the third; a fourth is for a person. */
  waits_ms?: readonly number[];
}

export type Deliver = (
  workspace: string,
  run: KeptRun,
  formats: readonly Format[],
  ids: readonly string[],
) => Promise<void>;

/** One try with a run of no rows. Throws AppError `not_found`. */
export type TryDestination = (workspace: string, actor: string, id: string) => Promise<Trial>;

export interface Trial {
  state: 'delivered' | 'failed';
  detail: string;
}

const WAITS_MS = [2000, 15_000];

export const createDeliver =
  ({ waits_ms = WAITS_MS, ...options }: DeliverOptions): Deliver =>
  async (workspace, run, formats, ids) => {
    const files = await Promise.all(formats.map((format) => render(run, format)));
    for (const id of ids) {
      const found = await options.destinations.target(workspace, id);
      if (found === null) continue;
      let posted: Posted = { ok: false, detail: '', again: true };
      let attempts = 0;
      while (!posted.ok && posted.again && attempts <= waits_ms.length) {
        const wait = attempts === 0 ? 0 : (waits_ms[attempts - 1] ?? 0);
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref());
        attempts += 1;
        posted = await send(options, found.target, run, files);
      }
      const state = posted.ok ? 'delivered' : 'failed';
      const { kind } = found.target;
      const fields = {
        run: run.id,
        destination: found.name,
        kind,
        attempts,
        detail: posted.detail,
      };
      if (posted.ok) options.log.info('report delivered', fields);
      else options.log.warn('a report could not be delivered', fields);
      const params = {
        run_id: run.id,
        destination_id: id,
        destination: found.name,
        kind,
        state,
        attempts,
        ended_at: new Date(options.now()).toISOString(),
        detail: posted.detail,
      };
      await options.control.write([{ name: 'add_report_delivery', params }]);
    }
  };

export const createTrial =
  (options: DeliverOptions): TryDestination =>
  async (workspace, actor, id) => {
    const found = await options.destinations.target(workspace, id);
    if (found === null) throw new AppError('not_found', 'there is no such destination');
    const run = trialRun(id, actor, new Date(options.now()).toISOString());
    const files = [await render(run, 'md')];
    const { ok, detail } = await send(options, found.target, run, files);
    const state = ok ? 'delivered' : 'failed';
    const { name, target } = found;
    options.log.info('destination tried', { destination: name, kind: target.kind, state, detail });
    return { state, detail };
  };

const trialRun = (id: string, actor: string, at: string): KeptRun => ({
  id,
  report: 'test',
  title: 'Test from Footprint',
  state: 'done',
  started_by: actor,
  schedule_id: null,
  params: { environment: null, agent: null, since: at, until: at },
  digest: '',
  started_at: at,
  duration_ms: 0,
  row_count: 0,
  truncated: false,
  counts: null,
  error_code: null,
  error: null,
  deliveries: [],
  shape: {
    question: 'Does what Footprint sends arrive here?',
    columns: [],
    severity: null,
    chart: null,
  },
  rows: [],
});

const send = async (
  { output, hosts, smtp_url, smtp_from, now }: Omit<DeliverOptions, 'waits_ms'>,
  target: Target,
  run: KeptRun,
  files: readonly Rendered[],
): Promise<Posted> => {
  try {
    switch (target.kind) {
      case 'webhook': {
        const { url, secret } = target;
        return await post({ url, secret, body: bodyOf(run), hosts, now: now(), run_id: run.id });
      }
      case 'folder':
        await writeAll(join(output, target.folder), files);
        return { ok: true, detail: files.map((file) => file.file_name).join(', '), again: false };
      case 'email':
        if (smtp_url === null) {
          return { ok: false, detail: 'FOOTPRINT_SMTP_URL is not set', again: false };
        }
        await mail({ smtp_url, from: smtp_from, to: target.to, run, files });
        return { ok: true, detail: `to ${target.to.length} address(es)`, again: false };
    }
  } catch (error) {
    const { code, permanent } = faultOf(error);
    return { ok: false, detail: code, again: !permanent };
  }
};

/** A reader of the folder sees a whole file or none. */
const writeAll = async (folder: string, files: readonly Rendered[]): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { file_name, body } of files) {
    const path = join(folder, file_name);
    await writeFile(`${path}.part`, body, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }
};

/** The words of servers may repeat what was sent to them: their codes alone are kept. */
const faultOf = (error: unknown): { code: string; permanent: boolean } => {
  const told =
    error instanceof Error ? (error as Error & { code?: unknown; responseCode?: unknown }) : {};
  const status =
    'responseCode' in told && typeof told.responseCode === 'number' ? told.responseCode : 0;
  const code = 'code' in told && typeof told.code === 'string' ? told.code : 'failed';
  return {
    code: status === 0 ? code : `${code} ${status}`,
    permanent: status >= 500 || code === 'EAUTH' || code === 'bad_request',
  };
};
