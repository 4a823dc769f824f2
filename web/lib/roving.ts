// One tab stop for a list of links: arrows and j/k move within it, Home and End to its ends.
import type { Attachment } from 'svelte/attachments';

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowRight: 1,
  j: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
  k: -1,
  Home: -Infinity,
  End: Infinity,
};

/** Attach to the list; its items are those that match the selector, one of them with tabindex 0. */
export function roving(selector: string): Attachment<Element> {
  return (list) => {
    const items = () => [...list.querySelectorAll<HTMLElement | SVGElement>(selector)];
    const move = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.ctrlKey || event.metaKey || event.altKey)
        return;
      const step = STEPS[event.key];
      const target = event.target instanceof Element ? event.target.closest(selector) : null;
      if (step === undefined || target === null) return;
      const all = items();
      const at = all.findIndex((item) => item === target);
      const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
      event.preventDefault();
      next?.focus();
    };
    const settle = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest(selector) : null;
      if (target === null) return;
      for (const item of items()) item.tabIndex = item === target ? 0 : -1;
    };
    list.addEventListener('keydown', move);
    list.addEventListener('focusin', settle);
    return () => {
      list.removeEventListener('keydown', move);
      list.removeEventListener('focusin', settle);
    };
  };
}
