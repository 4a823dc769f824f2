// Deno's permission audit (DENO_AUDIT_PERMISSIONS=otel, Deno 2.7.5): a record for each access to a permission.
import { ATTR } from '../../collector/attributes.ts';
import { textAt, type LogRecord, type LogSource } from './log-records.ts';
import type { Attributes, Told } from './span.ts';

const TYPE = 'deno.permission.type';
const VALUE = 'deno.permission.value';
/** A program that runs for weeks sends no trace ids: an hour of it is a trace. */
const NANOSECONDS_PER_HOUR = 3_600_000_000_000n;

/** The record does not say whether the access was granted: a refused one ends in an error of the program's own. */
export const deno: LogSource = (record) => {
  const type = textAt(record.attributes, TYPE);
  if (type === '') return null;
  const told: Attributes = {
    [ATTR.permission]: `deno:${type}`,
    [ATTR.resource_type]: type,
    [ATTR.resource_id]: resourceOf(type, textAt(record.attributes, VALUE)),
    [ATTR.decision_id]: undefined,
  };
  const decision: Attributes = {
    ...told,
    [ATTR.decision_effect]: 'allow',
    [ATTR.decision_reason]: 'accessed',
    [ATTR.policy_engine]: 'harness',
  };
  return [
    spanOf(record, `authorize deno:${type}`, 'decision', decision),
    spanOf(record, `deno ${type}`, 'use', told),
  ];
};

const spanOf = (record: LogRecord, name: string, what: string, attributes: Attributes): Told => {
  const { at, trace_id, span_id, resource } = record;
  return {
    name,
    trace_id,
    trace_of: [
      'deno',
      resource['service.name'],
      resource['process.pid'],
      at / NANOSECONDS_PER_HOUR,
    ],
    parent_span_id: span_id,
    identity: [what, at, record.attributes[TYPE], record.attributes[VALUE]],
    started_at: at,
    attributes,
  };
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
