// Sends a parcel (a run, an alert) to one destination, and tries again where that may help.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Destinations, Target } from './destinations.ts';
import { mail } from './email.ts';
import { post, type Posted } from './webhook.ts';

export interface ParcelFile {
  file_name: string;
  type: string;
  body: string;
}

/** What is sent, in the words of every kind of destination. */
export interface Parcel {
  /** Of a webhook's request. */
  headers: Readonly<Record<string, string>>;
  /** Of a webhook: JSON with a `text` that Slack shows. */
  body: string;
  /** Of an e-mail. */
  subject: string;
  text: string;
  /** Written to a folder, attached to an e-mail. */
  files: readonly ParcelFile[];
}

export interface SendOptions {
  destinations: Destinations;
  /** Folder below which folders are. */
  output: string;
  hosts: readonly string[];
  smtp_url: string | null;
  smtp_from: string;
  now: () => number;
  /** Milliseconds before the second try, then the third; a fourth is for a person. */
  waits_ms?: readonly number[];
}

export interface Sent {
  destination: string;
  kind: Target['kind'];
  state: 'delivered' | 'failed';
  attempts: number;
  ended_at: string;
  detail: string;
  /** True where trying again later may help. */
  again: boolean;
}

/** How it ended; null where the destination is gone. Never throws what a receiver did. */
export type Send = (workspace: string, id: string, parcel: Parcel) => Promise<Sent | null>;

const WAITS_MS = [2000, 15_000];

export const createSend =
  ({ waits_ms = WAITS_MS, ...options }: SendOptions): Send =>
  async (workspace, id, parcel) => {
    const found = await options.destinations.target(workspace, id);
    if (found === null) return null;
    let posted: Posted = { ok: false, detail: '', again: true };
    let attempts = 0;
    while (!posted.ok && posted.again && attempts <= waits_ms.length) {
      const wait = attempts === 0 ? 0 : (waits_ms[attempts - 1] ?? 0);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref());
      attempts += 1;
      posted = await sendOnce(options, found.target, parcel);
    }
    return {
      destination: found.name,
      kind: found.target.kind,
      state: posted.ok ? 'delivered' : 'failed',
      attempts,
      ended_at: new Date(options.now()).toISOString(),
      detail: posted.detail,
      again: posted.again && !posted.ok,
    };
  };

const sendOnce = async (
  { output, hosts, smtp_url, smtp_from, now }: SendOptions,
  target: Target,
  { headers, body, subject, text, files }: Parcel,
): Promise<Posted> => {
  try {
    switch (target.kind) {
      case 'webhook': {
        const { url, secret } = target;
        return await post({ url, secret, body, hosts, now: now(), headers });
      }
      case 'folder':
        await writeAll(join(output, target.folder), files);
        return { ok: true, detail: files.map((file) => file.file_name).join(', '), again: false };
      case 'email':
        if (smtp_url === null) {
          return { ok: false, detail: 'FOOTPRINT_SMTP_URL is not set', again: false };
        }
        await mail({ smtp_url, from: smtp_from, to: target.to, subject, text, files });
        return { ok: true, detail: `to ${target.to.length} address(es)`, again: false };
    }
  } catch (error) {
    const { code, permanent } = faultOf(error);
    return { ok: false, detail: code, again: !permanent };
  }
};

/** A reader of the folder sees a whole file or none. */
const writeAll = async (folder: string, files: readonly ParcelFile[]): Promise<void> => {
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
