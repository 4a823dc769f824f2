// The unified diff of a changed file, as `git apply` and `patch` take it.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Lines around a change, as everywhere. */
const CONTEXT_LINES = 3;

/** Empty where nothing changed. */
export const unifiedDiff = (name: string, before: string, after: string): string => {
  if (before === after) return '';
  const options = { context: CONTEXT_LINES, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(
    `a/${name}`,
    `b/${name}`,
    before,
    after,
    undefined,
    undefined,
    options,
  );
};
