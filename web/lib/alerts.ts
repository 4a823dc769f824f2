// What people do about alerts, and where an alert leads.
import type { AlertRow } from '../../server/api/contract.ts';
import { ApiError } from './api.ts';
import { agentPath } from './search.ts';
import type { Tone } from './words.ts';
import { view } from './view.svelte.ts';

/** A day is until somebody looks at it again. */
const MUTE_MS = 86_400_000;

const act = async (method: string, path: string, body?: object): Promise<void> => {
  const response = await fetch(`/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.ok) return;
  throw new ApiError('refused', `the server answered ${response.status}`, response.status, null);
};

export const muteForADay = (alert: AlertRow): Promise<void> =>
  act('POST', `/alerts/${alert.id}/mute`, {
    until: new Date(Date.now() + MUTE_MS).toISOString(),
    reason: 'muted on the dashboard',
  });

export const acknowledge = (alert: AlertRow): Promise<void> =>
  act('POST', `/alerts/${alert.id}/acknowledge`);

export const unmute = (id: string): Promise<void> =>
  act('DELETE', `/alerts/mutes/${encodeURIComponent(id)}`);

/** The page that shows what an alert is about: its session, its token, else its agent. */
export const alertHref = (alert: AlertRow): string => {
  const env = alert.environment === null ? {} : { env: alert.environment };
  if (alert.fingerprint !== null) {
    return view.href('/tokens', { ...env, show: 'used_after_end', q: alert.fingerprint });
  }
  if (alert.agent === null) return view.href('/alerts');
  const sought = alert.permission === null ? {} : { q: alert.permission };
  return view.href(agentPath(alert.agent), { ...env, ...sought });
};

export const alertTone = (severity: AlertRow['severity']): Tone =>
  severity === 'high' ? 'deny' : severity === 'medium' ? 'waste' : 'plain';
