// Round places on axes of time: ages on a logarithmic axis, seconds into a session, and the clock.

const NICE_S = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
];

/** Ages people name; a logarithmic axis is marked at these. */
const AGES_S = [1, 10, 60, 600, 3600, 28_800, 86_400, 604_800, 2_592_000, 31_536_000];

/** About `count` round offsets in seconds from 0 to `length_s`. */
export function offsetTicks(from_s: number, to_s: number, count: number): number[] {
  const length = to_s - from_s;
  if (!(length > 0)) return [from_s];
  const wanted = length / Math.max(1, count);
  const step = NICE_S.find((nice) => nice >= wanted) ?? Math.ceil(wanted / 2_592_000) * 2_592_000;
  const ticks: number[] = [];
  for (let n = Math.ceil(from_s / step - 1e-9); n * step <= to_s * (1 + 1e-12) + 1e-12; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

/** The ages to mark between two, thinned until they stand `gap` apart on the scale. */
export function ageTicks(
  from_s: number,
  to_s: number,
  place: (age_s: number) => number,
  gap: number,
): number[] {
  const ticks: number[] = [];
  for (const age of AGES_S) {
    const last = ticks.at(-1);
    if (age < from_s || age > to_s) continue;
    if (last === undefined || place(age) - place(last) >= gap) ticks.push(age);
  }
  return ticks;
}
