// A span as it leaves the process: plain data, without credentials, and without content unless that is asked for.
import type { Attributes, HrTime, Link, SpanContext, SpanStatus } from '@opentelemetry/api';
import { redactAttributes, redactText } from './redact.ts';

/** What is read of an ended span; SDKs of both lines show it, and their exporters ask for no more. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: number;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly time: HrTime;
    readonly attributes?: Attributes;
  }[];
  readonly links: readonly Link[];
  readonly resource: { readonly attributes: Attributes };
  readonly instrumentationScope: { readonly name: string; readonly version?: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/**
 * The span as it leaves the process: itself where nothing of it is to be hidden, which is most spans, else a plain
 * object of one shape, since a prototype of its own for each would cost more than all else.
 */
export const viewOf = <S extends EndedSpan>(span: S, { content = false } = {}): S => {
  const told = (attributes: Attributes): Attributes => redactAttributes(attributes, { content });
  const part = <P extends { readonly attributes?: Attributes }>(from: P): P =>
    from.attributes === undefined ? from : { ...from, attributes: told(from.attributes) };
  const { status, events, links } = span;
  const name = redactText(span.name);
  const attributes = told(span.attributes);
  const bare = status.message === undefined && events.length === 0 && links.length === 0;
  if (bare && name === span.name && attributes === span.attributes) return span;
  const spanContext = span.spanContext();
  const view: EndedSpan = {
    name,
    kind: span.kind,
    spanContext: () => spanContext,
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status:
      status.message === undefined ? status : { ...status, message: redactText(status.message) },
    attributes,
    events: events.map((event) => ({ ...part(event), name: redactText(event.name) })),
    links: links.map(part),
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
  // All that an exporter reads of a span is above; what else an SDK's own class has is not told.
  return view as S;
};
