// After somebody ruled or decided: everything shown is asked for anew, up to this very moment.
import type { QueryClient } from '@tanstack/svelte-query';
import { clock } from './clock.svelte.ts';

/** Resolves once what is on the page is there again. */
export const refresh = (client: QueryClient): Promise<void> => {
  clock.catchUp();
  return client.invalidateQueries();
};
