// Footprint's own names on a log record: the same as the span of that name, a child of the span in which it was written.
import { ATTR, SPAN } from '../../collector/attributes.ts';
import type { LogSource } from './log-records.ts';
import { textAt } from './log-records.ts';

const NAMES: ReadonlySet<string> = new Set(Object.values(SPAN));

/** An attribute that alone says what a record tells of, and the span whose name it then gets. */
const TELLING = [
  [ATTR.decision_effect, SPAN.authorize],
  [ATTR.approval_outcome, SPAN.request_approval],
  [ATTR.cleanup_outcome, SPAN.cleanup],
  [ATTR.surface_permissions, SPAN.surface_snapshot],
] as const;

export const ownEvent: LogSource = ({ event, at, trace_id, span_id, attributes, resource }) => {
  const [first = ''] = event.split(' ', 1);
  const telling = TELLING.find(([key]) => attributes[key] !== undefined);
  if (!NAMES.has(first) && telling === undefined) return null;
  const target = textAt(attributes, ATTR.permission);
  const name = NAMES.has(first) ? event : `${telling?.[1] ?? ''} ${target}`.trim();
  return [
    {
      name,
      trace_id,
      trace_of: ['events', resource['service.name'], textAt(attributes, ATTR.session_id) || at],
      parent_span_id: span_id,
      identity: [name, at, Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))],
      started_at: at,
      attributes,
    },
  ];
};
