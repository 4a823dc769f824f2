// OTLP log records into spans: each source is asked in turn, and what nobody knows is counted and passed over.
import { at, itemsOf, objectOf, textOf, type JsonObject } from '../otlp/json-value.ts';
import { ATTRIBUTES_MAX } from '../otlp/limits.ts';
import { claudeCode } from './claude-code.ts';
import { deno } from './deno.ts';
import { ownEvent } from './own-event.ts';
import { requestOf, type Attributes, type AttributeValue, type Sender, type Told } from './span.ts';

/** A log record as the sources see it: plain values, nested ones left out. */
export interface LogRecord {
  /** `event_name` of the record, its older spelling as an attribute, or a body that is one word. */
  event: string;
  /** Nanoseconds since 1970. */
  at: bigint;
  trace_id: string;
  span_id: string;
  attributes: Attributes;
  resource: Attributes;
}

/** The spans that a record tells of; null where it is none of this source's. Nothing of a record of its own may be an empty list. */
export type LogSource = (record: LogRecord) => Told[] | null;

/** Claude Code and Deno are known by their own names; anything may carry ours. */
const SOURCES: readonly LogSource[] = [ownEvent, claudeCode, deno];

export interface TranslatedLogs {
  /** An ExportTraceServiceRequest, null where no record tells of permissions. */
  document: unknown;
  /** Records that tell of no permission. */
  passed_over: number;
  rejected: number;
  rejected_reason: string;
}

/** `values` is an ExportLogsServiceRequest in JSON's encoding. Throws AppError `bad_request`. */
export const translateLogs = (values: unknown): TranslatedLogs => {
  let passed_over = 0;
  let rejected = 0;
  const senders = itemsOf(objectOf(values, 'the request'), 'resourceLogs').map((item): Sender => {
    const owner = objectOf(item, 'resourceLogs');
    const resource = plain(objectOf(at(owner, 'resource') ?? {}, 'resource'));
    const spans: Told[] = [];
    for (const scope of itemsOf(owner, 'scopeLogs')) {
      for (const value of itemsOf(objectOf(scope, 'scopeLogs'), 'logRecords')) {
        const record = objectOf(value, 'logRecords');
        if (itemsOf(record, 'attributes').length > ATTRIBUTES_MAX) {
          rejected += 1;
          continue;
        }
        const told = tell(recordOf(record, resource));
        if (told.length === 0) passed_over += 1;
        spans.push(...told);
      }
    }
    return { resource, scope: 'logs', spans };
  });
  const telling = senders.filter(({ spans }) => spans.length > 0);
  return {
    document: telling.length === 0 ? null : requestOf(telling),
    passed_over,
    rejected,
    rejected_reason: rejected === 0 ? '' : 'a log record has more than 1000 attributes',
  };
};

const tell = (record: LogRecord): Told[] => {
  for (const source of SOURCES) {
    const told = source(record);
    if (told !== null) return told;
  }
  return [];
};

const recordOf = (record: JsonObject, resource: Attributes): LogRecord => {
  const attributes = plain(record);
  const named = textOf(record, 'eventName') || textAt(attributes, 'event.name');
  const body = at(objectOf(at(record, 'body') ?? {}, 'body'), 'stringValue');
  const time = nanoseconds(at(record, 'timeUnixNano'));
  return {
    // A body that is longer is a sentence, and content.
    event: named || (typeof body === 'string' && /^[\w.]{1,100}$/.test(body) ? body : ''),
    at: time === 0n ? nanoseconds(at(record, 'observedTimeUnixNano')) : time,
    trace_id: textOf(record, 'traceId'),
    span_id: textOf(record, 'spanId'),
    attributes,
    resource,
  };
};

/** Attributes that are text, numbers, truths or lists of text; the last of a key told twice. */
const plain = (owner: JsonObject): Attributes =>
  Object.fromEntries(
    itemsOf(owner, 'attributes').map((item) => {
      const attribute = objectOf(item, 'attributes');
      return [textOf(attribute, 'key'), valueOf(objectOf(at(attribute, 'value') ?? {}, 'value'))];
    }),
  );

const valueOf = (value: JsonObject): AttributeValue | null => {
  const scalar = at(value, 'stringValue') ?? at(value, 'boolValue') ?? at(value, 'doubleValue');
  if (typeof scalar === 'string' || typeof scalar === 'boolean' || typeof scalar === 'number') {
    return scalar;
  }
  const int = at(value, 'intValue');
  if (typeof int === 'string' || typeof int === 'number') return Number(int);
  const list = at(value, 'arrayValue');
  if (list === undefined || list === null) return null;
  return itemsOf(objectOf(list, 'arrayValue'), 'values').flatMap((item) => {
    const text = at(objectOf(item, 'values'), 'stringValue');
    return typeof text === 'string' ? [text] : [];
  });
};

const nanoseconds = (value: unknown): bigint => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
};

/** An attribute that is text, else an empty one. */
export const textAt = (attributes: Attributes, key: string): string => {
  const value = attributes[key];
  return typeof value === 'string' ? value : '';
};
