// The Connect page and the pages in docs/ show the same code, so that what the tests run is what people copy.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { snippets } from '../../web/lib/snippets.ts';

const read = (page: string): Promise<string> =>
  readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
/** Code of these ways, less the variables of the environment, which every page shows on its own. */
const codeOf = (...ids: string[]): string[] =>
  snippets('http://127.0.0.1:4318')
    .filter(({ id }) => ids.includes(id))
    .flatMap(({ blocks }) => blocks.flatMap(({ code }) => code ?? []))
    .filter((code) => !code.startsWith('export OTEL'));
/** Code blocks of a page in these languages, in their order. */
const shown = (page: string, languages: readonly string[]): string[] =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)\n```/g)].flatMap(([, language = '', code = '']) =>
    languages.includes(language) ? [code] : [],
  );

describe('the Connect page', () => {
  it('shows the examples of the page for any language', async () => {
    expect(codeOf('python', 'go')).toEqual(shown(await read('any-language.md'), ['py', 'go']));
  });

  it('shows the recipes of the page for what runs already', async () => {
    expect(codeOf('beside', 'otelcol')).toEqual(shown(await read('beside.md'), ['ts', 'yaml']));
  });
});
