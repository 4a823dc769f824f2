// Spans as text for the spool and back, for an exporter of either SDK line. Only what has been redacted comes here.
import type { HrTime, SpanContext } from '@opentelemetry/api';
import { createHash } from 'node:crypto';
import { guard } from './guard.ts';
import type { Sent, Spool } from './spool.ts';
import type { EndedSpan } from './view.ts';

/** First line of a file: the format's name and version, the body's checksum, and how many spans are in it. */
const HEADER = /^footprint-spool 1 ([0-9a-f]{64}) (\d{1,6})$/;

type Plain = Omit<EndedSpan, 'spanContext' | 'resource' | 'parentSpanContext'>;
interface Kept extends Plain {
  context: KeptContext;
  parentSpanContext?: KeptContext;
  /** Index into the resources of the file. */
  resource: number;
}
interface KeptContext {
  traceId: string;
  spanId: string;
  traceFlags: number;
  traceState?: string;
  isRemote?: boolean;
}
interface Body {
  resources: EndedSpan['resource'][];
  spans: Kept[];
}

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');

const keepContext = (told: SpanContext): KeptContext => {
  const { traceId, spanId, traceFlags, isRemote } = told;
  const traceState = told.traceState?.serialize();
  return {
    traceId,
    spanId,
    traceFlags,
    ...(traceState === undefined || traceState === '' ? {} : { traceState }),
    ...(isRemote === undefined ? {} : { isRemote }),
  };
};

/** What JSON has no word for: a big integer is written out, bytes are left out. */
const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? undefined : value;
};

/** A batch as the text of one file. */
export const encodeSpans = (spans: readonly EndedSpan[]): string => {
  const resources: EndedSpan['resource'][] = [];
  const kept = spans.map((span): Kept => {
    const { resource, parentSpanContext } = span;
    let index = resources.indexOf(resource);
    if (index < 0) index = resources.push(resource) - 1;
    // Each by its name: an SDK's own span has some on its prototype, and refers to the whole SDK besides.
    return {
      name: span.name,
      kind: span.kind,
      startTime: span.startTime,
      endTime: span.endTime,
      duration: span.duration,
      ended: span.ended,
      status: span.status,
      attributes: span.attributes,
      events: span.events,
      instrumentationScope: span.instrumentationScope,
      droppedAttributesCount: span.droppedAttributesCount,
      droppedEventsCount: span.droppedEventsCount,
      droppedLinksCount: span.droppedLinksCount,
      links: span.links.map((link) => ({ ...link, context: keepContext(link.context) as never })),
      context: keepContext(span.spanContext()),
      ...(parentSpanContext === undefined
        ? {}
        : { parentSpanContext: keepContext(parentSpanContext) }),
      resource: index,
    };
  });
  const told = resources.map(({ attributes }) => ({ attributes }));
  const body = JSON.stringify({ resources: told, spans: kept } satisfies Body, plain);
  return `footprint-spool 1 ${checksum(body)} ${kept.length}\n${body}`;
};

const revive = (kept: KeptContext): SpanContext => {
  const { traceState, ...rest } = kept;
  if (traceState === undefined) return rest;
  const state = {
    get: () => undefined,
    set: () => state,
    unset: () => state,
    serialize: () => traceState,
  };
  return { ...rest, traceState: state };
};

const isTime = (value: unknown): value is HrTime =>
  Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));

/** The spans of a file, ready for an exporter; undefined where the text is not whole. */
export const decodeSpans = (text: string): EndedSpan[] | undefined => {
  const cut = text.indexOf('\n');
  const [, sum, count] = HEADER.exec(text.slice(0, cut)) ?? [];
  const body = text.slice(cut + 1);
  if (sum === undefined || checksum(body) !== sum) return undefined;
  const { resources, spans } = JSON.parse(body) as Body;
  if (spans.length !== Number(count)) return undefined;
  return spans.map(({ context, parentSpanContext, resource, ...rest }) => {
    const from = resources[resource];
    if (from === undefined || !isTime(rest.startTime)) throw new Error('not a spool of spans');
    const told = revive(context);
    return {
      ...rest,
      links: rest.links.map((link) => ({ ...link, context: revive(link.context as never) })),
      spanContext: () => told,
      ...(parentSpanContext === undefined ? {} : { parentSpanContext: revive(parentSpanContext) }),
      resource: from,
    };
  });
};

/** A spool of spans rather than texts. */
export interface SpanSpool<S> {
  keep(spans: readonly S[]): Promise<boolean>;
  keepNow(spans: readonly S[]): boolean;
  drain(send: (spans: S[]) => Promise<Sent>): Promise<void>;
  release(): void;
}

/** The spool, for spans that have been redacted. */
export const spoolSpans = <S extends EndedSpan>(spool: Spool): SpanSpool<S> => ({
  keep: (spans) => spool.keep(guard('writing spans', () => encodeSpans(spans), '')),
  keepNow: (spans) => spool.keepNow(guard('writing spans', () => encodeSpans(spans), '')),
  release: () => spool.release(),
  drain: (send) =>
    spool.drain((text) => {
      const spans = guard('reading the spool', () => decodeSpans(text), undefined);
      // All that an exporter reads of a span is in what was kept of it.
      return spans === undefined ? Promise.resolve('damaged') : send(spans as S[]);
    }),
});
