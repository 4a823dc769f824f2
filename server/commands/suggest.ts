// The nearest known word to a misspelt one.

/** More changes than this and it was another word. */
const DISTANCE_MAX = 3;

/** The known word with the fewest edits from `word`, or null where none is near. */
export const nearest = (word: string, known: readonly string[]): string | null => {
  let best: string | null = null;
  let least = DISTANCE_MAX + 1;
  for (const candidate of known) {
    const edits = distance(word, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
};

/** Levenshtein distance (1965), row by row. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
};
