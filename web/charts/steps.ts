// Areas of a surface over time: weight held and weight used, and what of it was wasted.
import type { SurfaceStepRow } from '../../server/api/contract.ts';
import { toMillis } from './waterfall.ts';

/** Weight times seconds over a session: held in all, and the part of it in use. */
export type PrivilegeSeconds = {
  held: number;
  used: number;
  held_s: number;
  used_s: number;
  peak: number;
};

/** The outline of one series of steps as an SVG path, closed along the baseline. */
export function stepPath(
  points: readonly { x: number; y: number }[],
  baseline: number,
  right: number,
): string {
  const first = points[0];
  if (!first) return '';
  const parts = [`M${round(first.x)} ${round(baseline)}V${round(first.y)}`];
  for (const point of points.slice(1)) parts.push(`H${round(point.x)}V${round(point.y)}`);
  return `${parts.join('')}H${round(right)}V${round(baseline)}Z`;
}

/** Privilege-seconds of the steps up to `until` (ms since 1970); use beyond what is held counts as held. */
export function privilegeSeconds(
  steps: readonly SurfaceStepRow[],
  until: number,
): PrivilegeSeconds {
  const sum: PrivilegeSeconds = { held: 0, used: 0, held_s: 0, used_s: 0, peak: 0 };
  steps.forEach((step, index) => {
    const next = steps[index + 1];
    const seconds = Math.max(
      0,
      ((next ? toMillis(next.occurred_at) : until) - toMillis(step.occurred_at)) / 1000,
    );
    const held = Math.max(step.held, step.used);
    sum.held += held * seconds;
    sum.used += step.used * seconds;
    if (held > 0) sum.held_s += seconds;
    if (step.used > 0) sum.used_s += seconds;
    sum.peak = Math.max(sum.peak, held);
  });
  return sum;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
