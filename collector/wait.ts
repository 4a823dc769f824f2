// Waiting that is bounded, for the moments in which an agent itself waits for what is sent.

/**
 * Resolves with the work, or once `ms` have passed since `since` told last. Keeps the process until then, since what
 * it waits for does not. The work must not reject.
 */
export const patiently = (ms: number, work: Promise<void>, since: () => number): Promise<void> =>
  new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      const left = ms - (performance.now() - since());
      if (left > 0) timer = setTimeout(look, Math.ceil(left));
      else resolve();
    };
    look();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Resolves with the work, or after `ms`; keeps the process until then. */
export const within = (ms: number, work: Promise<void>): Promise<void> => {
  const began = performance.now();
  return patiently(ms, work, () => began);
};
