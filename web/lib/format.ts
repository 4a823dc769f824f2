// Numbers, instants and spans of time as the pages write them.
import type { Zone } from './range.ts';

/** A narrow space that does not break, between a number and its unit. */
const NARROW = '\u202f';
const MINUS = '\u2212';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 18240 → "18,240". */
export const count = (value: number): string => WHOLE.format(value);

/** 1240000 → "1.2M", for places with no room. */
export const compact = (value: number): string =>
  value < 10_000 ? WHOLE.format(value) : COMPACT.format(value);

/** "1 agent", "9 agents"; a plural that is not word + s is given. */
export const counted = (value: number, word: string, plural = `${word}s`): string =>
  `${count(value)} ${value === 1 ? word : plural}`;

/** A share of one as percent with two telling digits: 0.0014 → "0.14 %". */
export const percent = (share: number): string => {
  const value = share * 100;
  const digits = value >= 10 || value === 0 ? 0 : value >= 1 ? 1 : 2;
  if (value > 0 && value < 0.01) return `<${NARROW}0.01${NARROW}%`;
  return `${value.toFixed(digits)}${NARROW}%`;
};

/** A change with its sign: "+3", "−6", "0". */
export const signed = (value: number): string => {
  const rounded = Math.round(value);
  if (rounded === 0) return '0';
  return rounded > 0 ? `+${count(rounded)}` : `${MINUS}${count(-rounded)}`;
};

/** The excess index as a number or range: "57", "78 – 84". */
export const indexRange = (low: number, high: number | null): string => {
  const from = Math.round(low);
  const to = high === null ? from : Math.round(high);
  return to > from ? `${from}${NARROW}–${NARROW}${to}` : String(from);
};

/** The bands of the index. */
export const indexBand = (index: number): 'low' | 'medium' | 'high' =>
  index >= 66.5 ? 'high' : index >= 33.5 ? 'medium' : 'low';

/** The band in words; two where what is not judged yet may move the index into another: "low to high". */
export const bandWords = (low: number, high: number | null): string => {
  const [from, to] = [indexBand(low), indexBand(high ?? low)];
  return from === to ? from : `${from} to ${to}`;
};

const STEPS = [
  { seconds: 86_400, unit: 'd' },
  { seconds: 3600, unit: 'h' },
  { seconds: 60, unit: 'min' },
  { seconds: 1, unit: 's' },
] as const;

/** Seconds in at most two units: "3 min 11 s", "8 h", "2 d 4 h", "40 ms". */
export const duration = (seconds: number): string => {
  if (seconds < 0) return `${MINUS}${duration(-seconds)}`;
  if (seconds < 1) return `${Math.round(seconds * 1000)}${NARROW}ms`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const { seconds: size, unit } of STEPS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${NARROW}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
};

/** Milliseconds of a call: "0.4 ms", "12 ms", "3 s". */
export const milliseconds = (value: number): string =>
  value < 10
    ? `${value.toFixed(value < 1 ? 2 : 1)}${NARROW}ms`
    : duration(Math.round(value) / 1000);

const formatters = new Map<string, Intl.DateTimeFormat>();

const formatter = (name: string, zone: Zone, options: Intl.DateTimeFormatOptions) => {
  const key = `${name} ${zone}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    ...options,
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
  formatters.set(key, made);
  return made;
};

/** "23 Oct", or "23 Oct 2025" where the year is not `now`'s. */
export const day = (instant: string | Date, zone: Zone, now: Date): string => {
  const date = new Date(instant);
  const sameYear = date.getUTCFullYear() === now.getUTCFullYear();
  return sameYear
    ? formatter('day', zone, { day: 'numeric', month: 'short' }).format(date)
    : formatter('year', zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(date);
};

/** "22 Nov 14:02:07". */
export const dateTime = (instant: string | Date, zone: Zone): string =>
  formatter('time', zone, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
    .format(new Date(instant))
    .replace(',', '');

/** The whole instant with its zone, for titles: "22 Nov 2026, 14:02:07 UTC". */
export const exact = (instant: string | Date, zone: Zone): string =>
  formatter('exact', zone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(instant));

/** "now", "4 min ago", "3 h ago", "yesterday", "23 Oct"; ahead of now: "in 4 days". */
export const ago = (instant: string | Date, zone: Zone, now: Date): string => {
  const seconds = (now.getTime() - new Date(instant).getTime()) / 1000;
  if (seconds < -60) return `in ${ahead(-seconds)}`;
  if (seconds < 60) return 'now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return counted(Math.floor(seconds / 86_400), 'day') + ' ago';
  return day(instant, zone, now);
};

const ahead = (seconds: number): string => {
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.ceil(seconds / 3600)} h`;
  return counted(Math.ceil(seconds / 86_400), 'day');
};

/**
 * The first clause of a reason, its numbers grouped as elsewhere on the page, without what has a column of its own:
 * the count of uses, the bound behind it, and the range, which is that of the page.
 */
export function reasonInShort(reason: string): string {
  const [first = ''] = reason.split(': ');
  return first
    .replace(/^0 uses in (?=[\d]+ sessions? over)/, 'in none of ')
    .replace(/^[1-9]\d* uses? in /, 'in ')
    .replace(/ over \d+ days?$/, '')
    .replace(/, \d+ opportunities$/, '')
    .replace(/(?<![\d-])\d{4,}(?![\d-])/g, (digits) => count(Number(digits)));
}

/** What grants, as a reader knows it: an issuer without its scheme. */
export const sourceInShort = (source: string): string => source.replace(/^https?:\/\//, '');
