// The rows of a long list that are in view, with the heights of what lies before and after them.
import { createVirtualizer } from '@tanstack/svelte-virtual';
import { untrack } from 'svelte';
import { fromStore } from 'svelte/store';

/** Rows drawn beyond the edges, so that a quick scroll shows no blank. */
const OVERSCAN = 12;

/** How long the list is, how tall each row (px), and the element that scrolls. */
export type VirtualOptions = { count: number; height: number; element: HTMLElement | null };

/** Call while a component is made; `options` is read again whenever what it depends on changes. */
export function virtualRows(options: () => VirtualOptions) {
  const virtualizer = fromStore(
    createVirtualizer<HTMLElement, HTMLElement>({
      count: 0,
      overscan: OVERSCAN,
      getScrollElement: () => untrack(options).element,
      estimateSize: () => untrack(options).height,
    }),
  );
  $effect(() => {
    const { count, height, element } = options();
    untrack(() =>
      virtualizer.current.setOptions({
        count,
        getScrollElement: () => element,
        estimateSize: () => height,
      }),
    );
    // A row's height may differ between wide and narrow screens.
    untrack(() => virtualizer.current.measure());
  });
  const items = $derived(virtualizer.current.getVirtualItems());
  return {
    /** Indexes of the rows to draw. */
    get indexes(): number[] {
      const { count } = options();
      return items.map((item) => item.index).filter((index) => index < count);
    },
    /** Pixels before the first row drawn and after the last. */
    get before(): number {
      return items[0]?.start ?? 0;
    },
    get after(): number {
      const { count, height } = options();
      return Math.max(0, count * height - (items.at(-1)?.end ?? 0));
    },
    show(index: number, align: 'auto' | 'center' = 'auto') {
      virtualizer.current.scrollToIndex(index, { align });
    },
  };
}
