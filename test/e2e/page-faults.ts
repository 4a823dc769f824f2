// What is wrong with an open page that a person would see: cut text, sideways scrolling, letters too small.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { vi } from 'vitest';
import { loadsOf } from './browser.ts';

/** The smallest text that the design allows. */
const TEXT_PX = 11;

/** Runs in the page: what it draws is drawn two frames later; tells what says that it loads still. */
const drawn = async (): Promise<string[]> => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  await frame();
  return [...document.querySelectorAll('[aria-label^="Loading"]')].map(
    (element) => element.getAttribute('aria-label') ?? '',
  );
};

/** A page is there once it has asked for nothing new, no answer is under way and nothing of it says that it loads. */
export const ready = async (page: Page): Promise<void> => {
  const loads = loadsOf(page);
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await vi.waitFor(
    async () => {
      const { begun } = loads;
      const before = loads.open.size;
      const loading = await page.evaluate(drawn);
      const asked = [...loads.open].map((request) => request.url());
      if (before > 0 || loads.begun > begun || asked.length > 0 || loading.length > 0)
        throw new Error(`the page loads still: ${[...asked, ...loading].join(', ')}`);
    },
    { timeout: 30_000, interval: 30 },
  );
};

/** Runs in the page: what lies outside of the window or of its own picture, scrolls sideways, or is too small. */
const look = (smallest: number): string[] => {
  const found: string[] = [];
  const root = document.documentElement;
  const beyond = root.scrollWidth - root.clientWidth;
  if (beyond > 0) found.push(`${beyond} px wider than the window`);
  const says = (element: Element) => (element.textContent ?? '').trim().slice(0, 40);
  const own = (element: Element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim());
  /** Kept for screen readers alone. */
  const unseen = (element: Element | null): boolean =>
    element !== null &&
    (getComputedStyle(element).clipPath.startsWith('inset') || unseen(element.parentElement));
  /** Ends in three dots where it is too long, and says the whole of it in its title. */
  const shortened = (element: Element | null): boolean =>
    element !== null &&
    (getComputedStyle(element).textOverflow === 'ellipsis' || shortened(element.parentElement));
  for (const element of document.querySelectorAll('main *, header *')) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const scrolls = /auto|scroll/.test(style.overflowX) && element.scrollWidth > box.width + 1;
    // Code keeps its lines, and tabs fade where there are more of them.
    if (scrolls && element.tagName !== 'PRE' && !element.classList.contains('tabs'))
      found.push(`scrolls sideways: <${element.tagName.toLowerCase()}> ${says(element)}`);
    if (!own(element) || box.width < 2 || unseen(element) || element.closest('.tabs, pre') !== null)
      continue;
    if (Number.parseFloat(style.fontSize) < smallest)
      found.push(`${style.fontSize}: ${says(element)}`);
    if (shortened(element)) continue;
    // What scrolls in a region of its own, by keyboard too, is told once as scrolling.
    if (element.closest('[role="region"][tabindex="0"]') !== null) continue;
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`outside: ${says(element)}`);
    const picture = element.closest('svg');
    if (picture === null || getComputedStyle(picture).overflowX === 'visible') continue;
    const frame = picture.getBoundingClientRect();
    if (box.right > frame.right + 1.5 || box.left < frame.left - 1.5)
      found.push(`cut in its picture: ${says(element)}`);
  }
  return found;
};

/** Faults by axe's rules, or by some of them; one frame and no foreign document, so that no second page is needed. */
const accessFaults = async (page: Page, rules: readonly string[]): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({
    // Of what is well nothing is told, which is most of the time that it takes.
    resultTypes: ['violations'],
    ...(rules.length > 0 ? { runOnly: [...rules] } : {}),
  });
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`);
};

/** All faults of a page, each with its path; none where it is as it should be. `rules`: of axe, all where none is named. */
export const faultsOf = async (
  { page, complaints }: { page: Page; complaints: readonly string[] },
  path: string,
  rules: readonly string[] = [],
): Promise<string[]> =>
  [
    ...(await accessFaults(page, rules)),
    ...complaints,
    ...(await page.evaluate(look, TEXT_PX)),
  ].map((fault) => `${path}: ${fault}`);

/** The same in both themes at each of these widths, loaded at the first of them; a theme changes colours alone. */
export const faultsInLooks = async (
  { page, complaints }: { page: Page; complaints: string[] },
  path: string,
  widths: readonly number[],
): Promise<string[]> => {
  const faults: string[] = [];
  for (const width of widths)
    for (const theme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 860 });
      await page.emulateMedia({ colorScheme: theme });
      await ready(page);
      const rules = theme === 'light' ? [] : ['color-contrast'];
      faults.push(...(await faultsOf({ page, complaints }, `${path} ${theme} ${width}`, rules)));
      complaints.length = 0;
    }
  return faults;
};
