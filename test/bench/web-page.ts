// Runs inside of the page that a benchmark measures; nothing here may refer to what stands outside of its function.

/** Notes when the overview's number was first drawn, and when nothing of the page loads any more, in ms since its start. */
export const watchFirst = (): void => {
  const first = { useful: 0, whole: 0 };
  Object.assign(globalThis, { first });
  const look = (): void => {
    const main = document.querySelector('main');
    const text = main?.textContent ?? '';
    const loading = main?.querySelector('[aria-label^="Loading"]') ?? null;
    // The frame after the one in which it is there: then it has been painted.
    if (first.useful === 0 && text.includes('Excess index'))
      requestAnimationFrame((now) => (first.useful ||= now));
    if (first.useful > 0 && loading === null) requestAnimationFrame((now) => (first.whole ||= now));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

/** How many rows the table of decisions holds, and whether there are more; scrolls to the end, which loads the next. */
export const rowsShown = (): { rows: number; all: boolean } => {
  const text = document.querySelector('main .foot')?.textContent ?? '';
  const box = document.querySelector('main .box');
  const all = text.startsWith('All') || text.startsWith('The latest');
  const rows = Number((/[\d,.\s\u202f]*\d/.exec(text)?.[0] ?? '0').replaceAll(/\D/g, ''));
  if (!all) box?.scrollTo({ top: box.scrollHeight });
  return { rows, all };
};

/** The times between frames, in ms, while the table scrolls by `step` pixels each, turning at its ends. */
export const collectFrames = ({
  frames,
  step,
}: {
  frames: number;
  step: number;
}): Promise<number[]> =>
  new Promise((resolve) => {
    const times: number[] = [];
    const box = document.querySelector('main .box');
    let last = 0;
    let way = -step;
    const frame = (now: number): void => {
      if (last > 0) times.push(now - last);
      last = now;
      if (box !== null && way !== 0) {
        const end = box.scrollHeight - box.clientHeight;
        if (box.scrollTop <= 0) way = step;
        else if (box.scrollTop >= end) way = -step;
        box.scrollBy({ top: way });
      }
      if (times.length < frames) requestAnimationFrame(frame);
      else resolve(times);
    };
    requestAnimationFrame(frame);
  });
