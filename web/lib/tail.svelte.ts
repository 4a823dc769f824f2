// Follows the decisions that come live into a table: paused by its button, or while the reader has scrolled away.
import type { DecisionRow } from '../../server/api/contract.ts';
import { live } from './live.svelte.ts';
import { emptyTail, joinTail, pause, receive, resume } from './tail.ts';
import type { Tail } from './tail.ts';

export class LiveTail {
  #tail: Tail<DecisionRow> = $state.raw(emptyTail());
  /** Paused by the button: stays so when the reader comes back to the head. */
  held = $state(false);
  readonly #key: (row: DecisionRow) => string;
  readonly #wanted: (row: DecisionRow) => boolean;

  constructor(options: {
    key: (row: DecisionRow) => string;
    wanted: (row: DecisionRow) => boolean;
  }) {
    this.#key = options.key;
    this.#wanted = options.wanted;
  }

  get paused(): boolean {
    return this.#tail.paused;
  }

  /** Rows that came while paused. */
  get waiting(): number {
    return this.#tail.waiting.length + this.#tail.dropped;
  }

  /** Rows that came live and are shown. */
  get shown(): number {
    return this.#tail.shown.length;
  }

  /** Follows until the returned function is called; `_list` names the list, so that an effect starts anew with it. */
  start(_list: string): () => void {
    this.#tail = this.held ? pause(emptyTail()) : emptyTail();
    return live.onDecision((row) => {
      if (this.#wanted(row)) this.#tail = receive(this.#tail, [row], this.#key);
    });
  }

  /** The live rows before the loaded ones. */
  join(loaded: readonly DecisionRow[]): readonly DecisionRow[] {
    return this.#tail.shown.length === 0 ? loaded : joinTail(this.#tail.shown, loaded, this.#key);
  }

  hold(): void {
    this.held = true;
    this.#tail = pause(this.#tail);
  }

  /** The reader has scrolled away from the head. */
  leave(): void {
    this.#tail = pause(this.#tail);
  }

  /** The reader is at the head again. */
  arrive(): void {
    if (!this.held && this.#tail.paused) this.resume();
  }

  /** Shows what waited; true where some of it was dropped and the head has to be loaded anew. */
  resume(): boolean {
    const lost = this.#tail.dropped > 0;
    this.held = false;
    this.#tail = lost ? emptyTail() : resume(this.#tail);
    return lost;
  }
}
