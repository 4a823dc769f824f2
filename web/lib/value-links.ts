// Values of a table that are links to filters: arrows reach them from their row, Alt leaves a value out.
import { navigate } from '../routes.ts';

/** Moves from a row's link to its values, and back; true where there was somewhere to go. */
export const moveInRow = (event: KeyboardEvent): boolean => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement)) return false;
  const row = event.target.closest('tr');
  const links = [...(row?.querySelectorAll('a') ?? [])].filter((a) => a.offsetParent !== null);
  const next = links[links.findIndex((a) => a === event.target) + step];
  if (next === undefined) return false;
  event.preventDefault();
  next.focus({ preventScroll: true });
  return true;
};

/** For a click that Alt was held with: browsers would save the link instead. */
export const leaveOut = (event: MouseEvent): void => {
  const value = event.target instanceof Element ? event.target.closest('a[data-not]') : null;
  if (!event.altKey || !(value instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  event.stopPropagation();
  const url = new URL(value.dataset['not'] ?? '', location.href);
  void navigate(url.pathname, { search: url.search, scrollToTop: false });
};
