// Ranges of time: relative ones stay relative in the address and are resolved when asked.

/** Both ends as the address has them: `now`, `now-90d`, or an RFC 3339 instant. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** Both ends as instants, half-open. */
export interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** In which clock instants are shown and typed. */
export type Zone = 'utc' | 'local';

/** The range of the API's default and of the design's verdicts. */
export const DEFAULT_RANGE: Range = { from: 'now-90d', to: 'now' };

/** The ranges that the picker offers. */
export const PRESETS: readonly { readonly from: string; readonly label: string }[] = [
  { from: 'now-1h', label: 'Last hour' },
  { from: 'now-24h', label: 'Last 24 hours' },
  { from: 'now-7d', label: 'Last 7 days' },
  { from: 'now-30d', label: 'Last 30 days' },
  { from: 'now-90d', label: 'Last 90 days' },
  { from: 'now-180d', label: 'Last 180 days' },
  { from: 'now-400d', label: 'Last 400 days' },
];

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const UNIT_NAME = { m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const;
type Unit = keyof typeof UNIT_MS;

/** History is kept for 400 days, so no relative range reaches further back. */
const LONGEST_MS = 400 * UNIT_MS.d;

const RELATIVE = /^now(?:-(\d{1,6})([mhdw]))?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** One end as milliseconds since 1970, or null where it is neither relative nor an instant. */
const resolveEnd = (text: string, nowMs: number): number | null => {
  const relative = RELATIVE.exec(text);
  if (relative !== null) {
    const back = Number(relative[1] ?? 0) * UNIT_MS[(relative[2] ?? 'm') as Unit];
    return back <= LONGEST_MS ? nowMs - back : null;
  }
  if (!INSTANT.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
};

/** Both ends as instants; null where an end cannot be read or they are the wrong way round. */
export const resolve = (range: Range, now: Date): Window | null => {
  const since = resolveEnd(range.from, now.getTime());
  const until = resolveEnd(range.to, now.getTime());
  if (since === null || until === null || since >= until) return null;
  return { since: new Date(since), until: new Date(until) };
};

/** The range an address asks for; whatever cannot be read is the default, never an error. */
export const readRange = (search: URLSearchParams, now: Date): Range => {
  const range = {
    from: search.get('from') ?? DEFAULT_RANGE.from,
    to: search.get('to') ?? DEFAULT_RANGE.to,
  };
  return resolve(range, now) === null ? DEFAULT_RANGE : range;
};

/** True where the range moves on with the clock. */
export const isRelative = (range: Range): boolean => RELATIVE.test(range.to);

/** What a picker shows: "Last 90 days", "Last 3 weeks", "1 Oct – 14 Nov 2026". */
export const rangeLabel = (range: Range, zone: Zone, now: Date): string => {
  const preset = PRESETS.find((one) => one.from === range.from && range.to === 'now');
  if (preset !== undefined) return preset.label;
  const relative = RELATIVE.exec(range.from);
  if (relative?.[1] !== undefined && range.to === 'now') {
    return `Last ${relative[1]} ${UNIT_NAME[(relative[2] ?? 'm') as Unit]}`;
  }
  const window = resolve(range, now);
  if (window === null) return 'Last 90 days';
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
  return format.formatRange(window.since, new Date(window.until.getTime() - 1));
};

/** The range in words inside a sentence: "90 days", "1 hour", "this range". */
export const rangeWords = (range: Range): string => {
  const relative = RELATIVE.exec(range.from);
  if (relative?.[1] === undefined || range.to !== 'now') return 'this range';
  const name = UNIT_NAME[(relative[2] ?? 'm') as Unit];
  return relative[1] === '1' ? `1 ${name.slice(0, -1)}` : `${relative[1]} ${name}`;
};

/** An instant as `<input type="datetime-local">` wants it, in the zone shown. */
export const toInput = (instant: Date, zone: Zone): string => {
  const shift = zone === 'utc' ? 0 : instant.getTimezoneOffset() * UNIT_MS.m;
  return new Date(instant.getTime() - shift).toISOString().slice(0, 16);
};

/** What was typed into such an input as an RFC 3339 instant, or null where it is none. */
export const fromInput = (text: string, zone: Zone): string | null => {
  const ms = Date.parse(zone === 'utc' ? `${text}Z` : text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
};

/** The range as absolute instants, for a link that shows the same tomorrow. */
export const absolute = (range: Range, now: Date): Range => {
  const window = resolve(range, now);
  if (window === null) return range;
  return { from: window.since.toISOString(), to: window.until.toISOString() };
};
