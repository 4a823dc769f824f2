// Paths and words of reports, their runs and their schedules.
import type { RunRow } from '../../server/api/contract.ts';
import { countsText } from '../report/cells.ts';

export const reportPath = (name: string): string => `/reports/${encodeURIComponent(name)}`;
export const runPath = (id: string): string => `/reports/runs/${encodeURIComponent(id)}`;

export const FORMATS = [
  { id: 'html', label: 'HTML' },
  { id: 'md', label: 'Markdown' },
  { id: 'csv', label: 'CSV' },
  { id: 'json', label: 'JSON' },
] as const;

/** What most schedules are. */
export const CRONS = [
  { cron: '0 7 * * 1', label: 'Mondays 07:00' },
  { cron: '0 7 * * *', label: 'every day 07:00' },
  { cron: '0 * * * *', label: 'every hour' },
  { cron: '0 7 1 * *', label: 'first of the month 07:00' },
] as const;

export const cronWords = (cron: string): string =>
  CRONS.find((known) => known.cron === cron)?.label ?? cron;

/** The zone of the browser first, then UTC, then all. */
export const timeZones = (): string[] => [
  ...new Set([
    Intl.DateTimeFormat().resolvedOptions().timeZone,
    'UTC',
    ...Intl.supportedValuesOf('timeZone'),
  ]),
];

/** `12 rows, 4 high, 2 low`. */
export const resultWords = (run: RunRow): string => {
  if (run.state === 'running') return 'running';
  if (run.state === 'failed') return 'failed';
  const rows = `${run.row_count ?? 0}${run.truncated ? '+' : ''} ${run.row_count === 1 ? 'row' : 'rows'}`;
  return run.counts === null ? rows : `${rows}, ${countsText(run.counts)}`;
};

export const deliveryWords = ({ deliveries }: RunRow): string => {
  if (deliveries.length === 0) return '';
  const failed = deliveries.filter(({ state }) => state === 'failed').length;
  return failed === 0
    ? `${deliveries.length} delivered`
    : `${failed} of ${deliveries.length} not delivered`;
};

/** How often a page looks whether a run has ended. */
export const POLL_MS = 1000;
