// One permission's band over a window: what was held, on which days it was used or refused, in percent of the width.
import type { HistoryRow } from '../../server/api/contract.ts';
import type { Window } from './range.ts';

export interface Stretch {
  readonly x: number;
  readonly width: number;
}

export interface Band {
  readonly held: readonly Stretch[];
  /** Opacity in steps of a tenth, 4 to 10: the log of the uses in it. */
  readonly used: readonly (Stretch & { readonly step: number; readonly uses: number })[];
  readonly denied: readonly { readonly x: number; readonly denials: number }[];
}

const DAY_MS = 86_400_000;

/** A band has room for this many distinguishable marks; a longer window puts several days in one. */
const MARKS_MAX = 120;

/** The faintest use is still plainly blue. */
const STEP_MIN = 4;
const STEP_MAX = 10;

/** Percent of a band's width that a cross takes, on the narrowest. */
const CROSSES_APART = 7;

/** What was held for a minute of 90 days is still seen: about two pixels. */
const WIDTH_MIN = 1;

const stepOf = (uses: number, most: number): number => {
  if (most <= 1) return STEP_MAX;
  const share = Math.log1p(uses) / Math.log1p(most);
  return Math.round(STEP_MIN + share * (STEP_MAX - STEP_MIN));
};

/** The most uses of any day of any row: bands of one agent share one scale. */
export const mostUses = (rows: readonly HistoryRow[]): number =>
  Math.max(1, ...rows.flatMap((row) => row.used_days.map((day) => day.uses)));

/** The band of one row; parts outside the window are cut off, adjoining days fall together in long windows. */
export const bandOf = (row: HistoryRow, window: Window, most: number): Band => {
  const start = window.since.getTime();
  const length = window.until.getTime() - start;
  const place = (from: number, to: number): Stretch | null => {
    const left = Math.max(from, start);
    const right = Math.min(to, start + length);
    if (right <= left) return null;
    const width = Math.max(WIDTH_MIN, ((right - left) / length) * 100);
    return { x: Math.min(((left - start) / length) * 100, 100 - width), width };
  };
  const daysInMark = Math.max(1, Math.ceil(length / DAY_MS / MARKS_MAX));
  const marks = new Map<number, number>();
  for (const { day, uses } of row.used_days) {
    const at = Date.parse(day);
    const mark = Math.floor(at / (daysInMark * DAY_MS));
    marks.set(mark, (marks.get(mark) ?? 0) + uses);
  }
  return {
    held: row.held.flatMap(({ from, to }) => {
      const stretch = place(Date.parse(from), to === null ? Infinity : Date.parse(to));
      return stretch === null ? [] : [stretch];
    }),
    used: [...marks].flatMap(([mark, uses]) => {
      const from = mark * daysInMark * DAY_MS;
      const stretch = place(from, from + daysInMark * DAY_MS);
      return stretch === null ? [] : [{ ...stretch, step: stepOf(uses, most * daysInMark), uses }];
    }),
    denied: apart(
      row.denied_days.flatMap(({ day, denials }) => {
        const from = Date.parse(day);
        const stretch = place(from, from + DAY_MS);
        return stretch === null ? [] : [{ x: stretch.x + stretch.width / 2, denials }];
      }),
    ),
  };
};

/** Crosses that would lie on one another fall together in the middle of theirs. */
const apart = (crosses: Band['denied']): Band['denied'] => {
  const groups: { x: number; denials: number }[][] = [];
  for (const cross of crosses.toSorted((a, b) => a.x - b.x)) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && cross.x - group[0].x < CROSSES_APART) group.push(cross);
    else groups.push([cross]);
  }
  return groups.map((group) => ({
    x: ((group[0]?.x ?? 0) + (group.at(-1)?.x ?? 0)) / 2,
    denials: group.reduce((sum, { denials }) => sum + denials, 0),
  }));
};

/** The band in words. */
export const bandInWords = (row: HistoryRow | undefined, held: boolean): string => {
  if (row === undefined) return held ? 'held' : 'not held';
  const uses = row.used_days.reduce((sum, day) => sum + day.uses, 0);
  const days = row.used_days.length;
  const denials = row.denied_days.reduce((sum, day) => sum + day.denials, 0);
  return [
    row.held.length === 0 ? 'not held' : 'held',
    uses === 0 ? 'never used' : `used ${uses} times on ${days} ${days === 1 ? 'day' : 'days'}`,
    ...(denials === 0 ? [] : [`denied ${denials} times`]),
  ].join(', ');
};

/** Labels above an axis of time: how long before the window's end, at four places. */
export const axisLabels = (window: Window, now: Date): readonly { x: number; label: string }[] => {
  const length = window.until.getTime() - window.since.getTime();
  const days = length / DAY_MS;
  const [size, unit] =
    days >= 3 ? [DAY_MS, 'days'] : days >= 3 / 24 ? [3_600_000, 'h'] : [60_000, 'min'];
  const whole = Math.round(length / size);
  const isNow = Math.abs(now.getTime() - window.until.getTime()) < 120_000;
  return [0, 1 / 3, 2 / 3, 1].map((share) => ({
    x: share * 100,
    label:
      share === 0
        ? `${whole} ${unit}`
        : share === 1
          ? isNow
            ? 'now'
            : 'end'
          : String(Math.round(whole * (1 - share))),
  }));
};
