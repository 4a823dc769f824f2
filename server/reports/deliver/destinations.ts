// Where reports are sent: folders below one that the operator names, webhooks and e-mail addresses.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Control, ControlRow } from '../../control/control.ts';
import { AppError } from '../../errors.ts';
import { checkUrl } from './address.ts';
import { seal, unseal } from './seal.ts';

export type DestinationSettings = { name: string; alerts?: boolean | undefined } & (
  | { kind: 'folder'; folder: string }
  | { kind: 'webhook'; url: string }
  | { kind: 'email'; to: string[] }
);

export interface Destination {
  id: string;
  name: string;
  kind: 'folder' | 'webhook' | 'email';
  to: string;
  /** Whether it hears alerts whose rule names no destination. */
  alerts: boolean;
  created_at: string;
}

/** What delivering needs; never answered and never logged. */
export type Target =
  | { kind: 'folder'; folder: string }
  | { kind: 'webhook'; url: string; secret: string }
  | { kind: 'email'; to: string[] };

export interface Destinations {
  list(workspace: string): Promise<Destination[]>;
  create(
    workspace: string,
    actor: string,
    settings: DestinationSettings,
  ): Promise<Destination & { signing_secret?: string }>;
  /** Whether it hears alerts. Throws AppError `not_found`. */
  mark(workspace: string, actor: string, id: string, alerts: boolean): Promise<Destination>;
  remove(workspace: string, actor: string, id: string): Promise<void>;
  /** Null where it is gone. */
  target(workspace: string, id: string): Promise<{ name: string; target: Target } | null>;
}

const DESTINATIONS_MAX = 100;
const SECRET_BYTES = 32;
/** One name below the operator's folder: nothing that leads out of it. */
const FOLDER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

export const createDestinations = ({
  control,
  key,
  hosts,
  now,
}: {
  control: Control;
  /** 32 bytes. */
  key: Uint8Array;
  hosts: readonly string[];
  now: () => number;
}): Destinations => {
  const rows = (workspace: string) =>
    control.ask('list_report_destinations', { workspace, limit: DESTINATIONS_MAX });
  return {
    list: async (workspace) => (await rows(workspace)).map(toDestination),
    async create(workspace, actor, settings) {
      const known = await rows(workspace);
      if (known.length >= DESTINATIONS_MAX) {
        throw new AppError('bad_request', `there are ${DESTINATIONS_MAX} destinations already`);
      }
      if (known.some((row) => row['name'] === settings.name)) {
        throw new AppError('conflict', `there is a destination "${settings.name}" already`);
      }
      const signing_secret = randomBytes(SECRET_BYTES).toString('hex');
      const { shown, secret } = parted(settings, signing_secret, hosts);
      const id = randomUUID();
      const created_at = new Date(now()).toISOString();
      const params = {
        id,
        workspace,
        name: settings.name,
        kind: settings.kind,
        settings: JSON.stringify(shown),
        secret: secret === null ? null : seal(key, secret),
        alerts: settings.alerts === true ? 1 : 0,
        created_at,
      };
      const detail = { name: settings.name, kind: settings.kind, ...shown };
      const act = { workspace, actor, action: 'destination.create', target: id, detail };
      await control.act(act, [{ name: 'add_report_destination', params }]);
      const made = toDestination(params);
      return settings.kind === 'webhook' ? { ...made, signing_secret } : made;
    },
    async mark(workspace, actor, id, alerts) {
      const act = { workspace, actor, action: 'destination.mark', target: id, detail: { alerts } };
      const or_missing = 'there is no such destination';
      const params = { workspace, id, alerts: alerts ? 1 : 0 };
      await control.act(act, [{ name: 'mark_report_destination', params, or_missing }]);
      const row = (await rows(workspace)).find((one) => one['id'] === id);
      if (row === undefined) throw new AppError('not_found', or_missing);
      return toDestination(row);
    },
    async remove(workspace, actor, id) {
      const act = { workspace, actor, action: 'destination.delete', target: id };
      const or_missing = 'there is no such destination';
      await control.act(act, [
        { name: 'delete_report_destination', params: { workspace, id }, or_missing },
      ]);
    },
    async target(workspace, id) {
      const row = (await rows(workspace)).find((one) => one['id'] === id);
      if (row === undefined) return null;
      const shown = JSON.parse(String(row['settings'])) as object;
      const secret = row['secret'] === null ? {} : (unseal(key, String(row['secret'])) as object);
      const target = { kind: row['kind'], ...shown, ...secret } as Target;
      return { name: String(row['name']), target };
    },
  };
};

/** What may be shown apart from what may not: the path of a webhook is a secret of its own. */
const parted = (
  settings: DestinationSettings,
  signing_secret: string,
  hosts: readonly string[],
): { shown: Record<string, unknown>; secret: object | null } => {
  switch (settings.kind) {
    case 'folder':
      if (FOLDER.test(settings.folder)) return { shown: { folder: settings.folder }, secret: null };
      throw new AppError('bad_request', 'folder: must be one name of letters, digits, _ . and -');
    case 'webhook': {
      const url = checkUrl(settings.url, hosts);
      return { shown: { host: url.host }, secret: { url: url.href, secret: signing_secret } };
    }
    case 'email':
      return { shown: { to: settings.to }, secret: null };
  }
};

const toDestination = (row: ControlRow): Destination => {
  const shown = JSON.parse(String(row['settings'])) as {
    folder?: string;
    host?: string;
    to?: string[];
  };
  return {
    id: String(row['id']),
    name: String(row['name']),
    kind: row['kind'] as Destination['kind'],
    to: shown.folder ?? shown.host ?? shown.to?.join(', ') ?? '',
    alerts: row['alerts'] === 1,
    created_at: String(row['created_at']),
  };
};
