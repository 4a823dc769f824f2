// A span processor that makes other libraries' spans evidence: task context as they start, a number as they end.
import type { Context, Span } from '@opentelemetry/api';
import { ATTR } from './attributes.ts';
import { guard } from './guard.ts';
import { attributesOf, isEvidence, number } from './producer.ts';
import { redactAttributes } from './redact.ts';
import { textField } from './read.ts';
import type { TaskAttributes } from './span.ts';
import { taskOf } from './span.ts';
import type { ProcessorOptions } from './types.ts';

/** What SDKs of both lines ask of a span processor, as far as it is used here. */
export interface FootprintProcessor {
  onStart(span: Span, parentContext: Context): void;
  onEnding(span: Span): void;
  onEnd(): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Sets the attributes of the task that the span does not name itself. Our own spans name their task already. */
const stampTask = (span: Span, parent: Context, agent: string | undefined): void => {
  const own = attributesOf(span) ?? {};
  const alone: TaskAttributes = agent === undefined ? {} : { 'gen_ai.agent.name': agent };
  const around = own[ATTR.schema] === undefined ? (taskOf(parent) ?? alone) : alone;
  for (const key of Object.keys(around)) {
    const value = around[key];
    if (own[key] === undefined && value !== undefined) span.setAttribute(key, value);
  }
};

/** Overwrites the attributes that hold a credential; the others are left as they are. */
const redact = (span: Span): void => {
  const own = attributesOf(span);
  if (own === undefined) return;
  const clean = redactAttributes(own);
  if (clean === own) return;
  for (const [key, value] of Object.entries(clean)) {
    if (value !== undefined && value !== own[key]) span.setAttribute(key, value);
  }
};

/** The processor; `redacts` is false where the exporter behind it redacts as well. */
export const stamping = (options: ProcessorOptions, redacts: boolean): FootprintProcessor => {
  const agent = textField(options, 'agent');
  return {
    onStart(span, parentContext) {
      guard('stamping a span', () => stampTask(span, parentContext, agent), undefined);
    },
    onEnding(span) {
      if (redacts) guard('redacting a span', () => redact(span), undefined);
      guard(
        'numbering a span',
        () => {
          if (isEvidence(attributesOf(span))) number(span);
        },
        undefined,
      );
    },
    onEnd() {
      // Exporting is another processor's work.
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
};

/**
 * The processor to give to a provider of the application's own, before its exporting processor:
 * `spanProcessors: [processor(), new BatchSpanProcessor(…)]`. An existing provider takes no new processor; then
 * Footprint's own spans are still whole, other libraries' spans carry no task and no number.
 * To keep every denial, let the sampler keep all of scope `@footprint/collector`. Never throws.
 */
export const processor = (options: ProcessorOptions = {}): FootprintProcessor =>
  stamping(options, true);
