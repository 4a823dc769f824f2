// Lays a session's spans out as rows: tree order, depth, and places on one time axis.
import type { SpanRow } from '../../server/api/contract.ts';

/** How a span is drawn; each kind has a form of its own beside its colour. */
export type SpanForm =
  | 'agent'
  | 'model'
  | 'action'
  | 'refused'
  | 'allow'
  | 'deny'
  | 'ask'
  | 'undecided'
  | 'approval'
  | 'credential'
  | 'surface'
  | 'cleanup'
  | 'other';

/** One row; `parent` is the index of the parent's row, -1 for a root; instants in ms since 1970. */
export type WaterfallRow = {
  key: string;
  span: SpanRow;
  form: SpanForm;
  depth: number;
  parent: number;
  from_ms: number;
  to_ms: number;
};

/** Deeper spans are drawn at this depth, so that a runaway recursion leaves room for names. */
export const DEPTH_MAX = 12;

/** Milliseconds since 1970 of an RFC 3339 instant, with its microseconds as a fraction. */
export function toMillis(instant: string): number {
  const fraction = /\.(\d+)/.exec(instant)?.[1];
  if (fraction === undefined) return Date.parse(instant);
  return Date.parse(instant.replace(/\.\d+/, '')) + Number(`0.${fraction}`) * 1000;
}

/** The spans in tree order, each parent before its children, siblings by start. */
export function layoutSpans(spans: readonly SpanRow[]): WaterfallRow[] {
  const started = new Map(spans.map((span) => [spanKey(span), toMillis(span.started_at)]));
  const sorted = [...spans].sort(
    (a, b) =>
      (started.get(spanKey(a)) ?? 0) - (started.get(spanKey(b)) ?? 0) ||
      spanKey(a).localeCompare(spanKey(b)),
  );
  const children = new Map<string, SpanRow[]>();
  const roots: SpanRow[] = [];
  for (const span of sorted) {
    const parent = parentKey(span);
    if (parent === null || parent === spanKey(span) || !started.has(parent)) roots.push(span);
    else {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [span]);
      else siblings.push(span);
    }
  }
  const rows: WaterfallRow[] = [];
  const seen = new Set<string>();
  for (const root of roots) placeTree(root, children, rows, seen);
  // Spans whose parents form a circle hang under no root; they are shown rather than lost.
  for (const span of sorted) placeTree(span, children, rows, seen);
  return rows;
}

/** The first and last instant of the rows in ms, at least one millisecond apart. */
export function timeSpan(rows: readonly WaterfallRow[]): [number, number] {
  let from = Infinity;
  let to = -Infinity;
  for (const row of rows) {
    from = Math.min(from, row.from_ms);
    to = Math.max(to, row.to_ms);
  }
  if (from > to) return [0, 1];
  return [from, Math.max(to, from + 1)];
}

/** The rows whose words contain all words of the query, and their ancestors (as `matched: false`). */
export function searchRows(
  rows: readonly WaterfallRow[],
  query: string,
): { index: number; matched: boolean }[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows.map((_, index) => ({ index, matched: true }));
  const matched = new Set<number>();
  const kept = new Set<number>();
  rows.forEach((row, index) => {
    const text = rowText(row.span);
    if (!words.every((word) => text.includes(word))) return;
    matched.add(index);
    for (let at = index; at >= 0 && !kept.has(at); at = rows[at]?.parent ?? -1) kept.add(at);
  });
  return [...kept].sort((a, b) => a - b).map((index) => ({ index, matched: matched.has(index) }));
}

/** Which form a span takes, from what it tells and how it ended. */
export function spanForm(span: SpanRow): SpanForm {
  switch (span.fact) {
    case 'decision':
      if (span.effect === 'allow') return 'allow';
      if (span.effect === 'deny') return 'deny';
      return span.effect === 'require_approval' ? 'ask' : 'undecided';
    case 'action':
      return span.denied ? 'refused' : 'action';
    case 'agent':
    case 'model':
    case 'approval':
    case 'credential':
    case 'surface':
    case 'cleanup':
      return span.fact;
    default:
      return 'other';
  }
}

/** The words beside a mark or bar: the rule or reason of a decision, the outcome of an approval. */
export function spanNote(span: SpanRow): string {
  if (span.fact === 'decision') return span.rules[0] ?? span.reason ?? span.effect ?? '';
  if (span.fact === 'approval') return span.approval_outcome ?? '';
  if (span.denied) return span.error_type ?? 'denied';
  return span.error_type ?? '';
}

/** A span's key within a session, whose traces may be several. */
export function spanKey(span: { trace_id: string; span_id: string }): string {
  return `${span.trace_id}:${span.span_id}`;
}

function parentKey(span: SpanRow): string | null {
  return span.parent_span_id === null ? null : `${span.trace_id}:${span.parent_span_id}`;
}

/** Appends a span and all below it, iteratively: traces are deeper than stacks. */
function placeTree(
  root: SpanRow,
  children: ReadonlyMap<string, readonly SpanRow[]>,
  rows: WaterfallRow[],
  seen: Set<string>,
): void {
  const waiting: { span: SpanRow; depth: number; parent: number }[] = [
    { span: root, depth: 0, parent: -1 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { span, depth, parent } = next;
    const key = spanKey(span);
    if (seen.has(key)) continue;
    seen.add(key);
    const from_ms = toMillis(span.started_at);
    const to_ms = Math.max(from_ms, toMillis(span.ended_at));
    rows.push({
      key,
      span,
      form: spanForm(span),
      depth: Math.min(depth, DEPTH_MAX),
      parent,
      from_ms,
      to_ms,
    });
    const below = children.get(key) ?? [];
    for (let at = below.length - 1; at >= 0; at--) {
      const child = below[at];
      if (child) waiting.push({ span: child, depth: depth + 1, parent: rows.length - 1 });
    }
  }
}

function rowText(span: SpanRow): string {
  return [
    span.name,
    span.fact,
    span.agent,
    span.permission,
    span.tool,
    span.resource_type,
    span.resource_id,
    span.effect,
    span.reason,
    span.approval_outcome,
    span.error_type,
    span.fingerprint,
    span.span_id,
    span.denied ? 'denied' : '',
    ...span.rules,
  ]
    .filter(Boolean)
    .join(' ')
    .toLowerCase();
}
