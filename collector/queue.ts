// Spans that wait to be sent: a bounded queue in which evidence is kept before everything else.
import { report } from './guard.ts';
import { isEvidence } from './producer.ts';
import type { EndedSpan } from './view.ts';

/** A bounded queue; what it drops is counted and said. */
export interface SpanQueue<S> {
  readonly size: number;
  /** False where the span was dropped: it is full, and holds nothing that matters less. */
  add(span: S): boolean;
  /** The next `count` spans, evidence first. */
  take(count: number): S[];
  /** Says how many were dropped since this was last asked. */
  tellDropped(): void;
}

/** A queue of `max` spans at most. Other spans leave it before evidence does. */
export const spanQueue = <S extends Pick<EndedSpan, 'attributes'>>(max: number): SpanQueue<S> => {
  const evidence: S[] = [];
  const others: S[] = [];
  let dropped = 0;
  return {
    get size() {
      return evidence.length + others.length;
    },
    add(span) {
      const relevant = isEvidence(span.attributes);
      if (evidence.length + others.length >= max) {
        dropped += 1;
        if (!relevant || others.length === 0) return false;
        others.shift();
      }
      (relevant ? evidence : others).push(span);
      return true;
    },
    take(count) {
      const batch = evidence.splice(0, count);
      return batch.concat(others.splice(0, count - batch.length));
    },
    tellDropped() {
      if (dropped > 0) report(`${dropped} spans were dropped: the queue of ${max} was full`);
      dropped = 0;
    },
  };
};
