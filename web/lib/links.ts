// Makes links behave as links: a click with a key held opens a tab, and links inside SVG are followed.
import { navigate } from '../routes.ts';

const isPlain = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

/** Stands before the router's own listener, which takes every click and knows HTML links only. */
export const onLinkClick = (event: MouseEvent): void => {
  if (!(event.target instanceof Element)) return;
  const link = event.target.closest('a');
  if (link === null) return;
  if (!isPlain(event)) {
    event.stopPropagation();
    return;
  }
  if (!(link instanceof SVGAElement) || event.defaultPrevented) return;
  event.preventDefault();
  event.stopPropagation();
  const url = new URL(link.href.baseVal, location.href);
  void navigate(url.pathname, { search: url.search });
};
