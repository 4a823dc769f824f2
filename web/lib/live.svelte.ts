// The server's live events: spans counted by the second, decisions as they arrive.
import type { DecisionRow, LiveSpans } from '../../server/api/contract.ts';
import { spanRate } from './rate.ts';
import type { Count } from './rate.ts';

export type LiveState = 'connecting' | 'receiving' | 'quiet' | 'lost';

/** Spans are news for this long; after it the dot says quiet. */
const QUIET_AFTER_MS = 10_000;

type Listener = (decision: DecisionRow) => void;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

class Live {
  state: LiveState = $state('connecting');
  spansPerSecond = $state(0);
  readonly #listeners = new Set<Listener>();
  #counts: readonly Count[] = [];
  #lastSpansMs = 0;

  /** Calls back with every decision until the returned function is called. */
  onDecision(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Listens until the returned function is called; the browser connects again by itself. */
  start(): () => void {
    const source = new EventSource('/api/v1/live');
    const settle = () => {
      if (this.state === 'lost' || this.state === 'connecting') return;
      const quiet = Date.now() - this.#lastSpansMs > QUIET_AFTER_MS;
      this.state = quiet ? 'quiet' : 'receiving';
      if (quiet) this.spansPerSecond = 0;
    };
    source.addEventListener('open', () => {
      this.state = 'quiet';
    });
    source.addEventListener('error', () => {
      this.state = 'lost';
      this.spansPerSecond = 0;
      this.#counts = [];
    });
    source.addEventListener('spans', (event) => {
      this.#takeSpans(parse(event.data as string));
      settle();
    });
    source.addEventListener('decisions', (event) => {
      const told = parse(event.data as string);
      const rows = (Array.isArray(told) ? told : [told]) as DecisionRow[];
      for (const row of rows) for (const listener of this.#listeners) listener(row);
    });
    const timer = setInterval(settle, QUIET_AFTER_MS / 2);
    return () => {
      clearInterval(timer);
      source.close();
    };
  }

  #takeSpans(told: unknown): void {
    const spans = (told as Partial<LiveSpans> | null)?.spans;
    if (typeof spans !== 'number') return;
    if (this.state !== 'receiving') this.state = 'quiet';
    const rate = spanRate(this.#counts, { spans, atMs: Date.now() });
    this.#counts = rate.counts;
    this.spansPerSecond = rate.spansPerSecond;
    if (rate.grew) this.#lastSpansMs = Date.now();
  }
}

export const live = new Live();
