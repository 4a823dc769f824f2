// Deno's permission audit (DENO_AUDIT_PERMISSIONS=otel, Deno 2.7.5): a record for each access to a permission.
import { ATTR } from '../../collector/attributes.ts';
import { textAt, type LogSource } from './log-records.ts';

const TYPE = 'deno.permission.type';
const VALUE = 'deno.permission.value';
/** A program that runs for weeks sends no trace ids: an hour of it is a trace. */
const NANOSECONDS_PER_HOUR = 3_600_000_000_000n;

/** The record does not say whether the access was granted: it is an action that no decision is known of. */
export const deno: LogSource = ({ at, trace_id, span_id, attributes, resource }) => {
  const type = textAt(attributes, TYPE);
  const value = textAt(attributes, VALUE);
  if (type === '') return null;
  return [
    {
      name: `deno ${type}`,
      trace_id,
      trace_of: [
        'deno',
        resource['service.name'],
        resource['process.pid'],
        at / NANOSECONDS_PER_HOUR,
      ],
      parent_span_id: span_id,
      identity: ['use', at, type, value],
      started_at: at,
      attributes: {
        [ATTR.permission]: `deno:${type}`,
        [ATTR.resource_type]: type,
        [ATTR.resource_id]: resourceOf(type, value),
      },
    },
  ];
};

/** A host without what stands before or behind it, a command without its arguments, else the value: a path or a name. */
const resourceOf = (type: string, value: string): string | undefined => {
  if (value === '') return undefined;
  if (type === 'net' || type === 'import') {
    const host = value.replace(/^[a-z+]+:\/\//i, '').split(/[/?#]/, 1)[0] ?? '';
    return host.slice(host.lastIndexOf('@') + 1);
  }
  return type === 'run' ? value.split(/\s/, 1)[0] : value;
};
