// What people do about alerts, and where an alert leads.
import type { AlertRow } from '../../server/api/contract.ts';
import { act } from './act.ts';
import { agentPath } from './search.ts';
import type { Tone } from './words.ts';
import { view } from './view.svelte.ts';

/** Far more than are shown; how many there are is said. */
export const ALERTS_READ = 200;

/** Fires now and is not muted: somebody is to look at it. */
export const isHeard = (alert: AlertRow): boolean =>
  alert.muted_until === null && alert.state !== 'pending' && alert.state !== 'resolved';

/** A day is until somebody looks at it again. */
const MUTE_MS = 86_400_000;

export const muteForADay = ({ id }: AlertRow): Promise<unknown> =>
  act(
    'POST /api/v1/alerts/{id}/mute',
    { id },
    { until: new Date(Date.now() + MUTE_MS).toISOString(), reason: 'muted on the dashboard' },
  );

export const acknowledge = ({ id }: AlertRow): Promise<unknown> =>
  act('POST /api/v1/alerts/{id}/acknowledge', { id });

export const unmute = (id: string): Promise<unknown> =>
  act('DELETE /api/v1/alerts/mutes/{id}', { id });

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
