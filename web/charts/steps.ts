// Areas of a surface over time: weight held and weight used.
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
