// The style rules that a machine can check: who imports whom, sizes, names, and what may stand only in one file.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist', 'data', '.git', 'coverage', 'cases', 'venv']);

const below = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : below(path);
    return [path];
  });

const files = ['collector', 'server', 'web', 'sql', 'test'].flatMap(below);
const sources = files.filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith('.d.ts'));
const product = sources.filter((file) => !file.startsWith('test/'));
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const lines = (file: string) => text(file).trimEnd().split('\n');

/** Lines at most, by kind of file: what one person reads in one sitting. */
const sizeLimit = (file: string): number => {
  if (file.startsWith('test/') || file.endsWith('.test.ts')) return 400;
  if (file.endsWith('.svelte')) return 220;
  if (file.startsWith('sql/duckdb/')) return 300;
  return file.endsWith('.sql') ? 120 : 300;
};

/** Who may import whom; each folder may import itself. A rule names folders or files from the root. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  // The pipeline's submission carries a batch; its type alone is imported.
  'server/model/': ['server/otlp/batch.ts'],
  'server/errors.ts': [],
  'server/otlp/': ['server/errors.ts'],
  'server/facts/': ['server/otlp/', 'server/model/', 'collector/attributes.ts'],
  'server/journal/': ['server/model/', 'server/errors.ts'],
  'server/store/': ['server/model/', 'server/errors.ts'],
  'server/control/': ['server/store/query.ts', 'server/model/', 'server/errors.ts'],
  'server/reports/': [
    'web/report/',
    'server/store/query.ts',
    'server/store/store.ts',
    'server/control/control.ts',
    'server/model/',
    'server/errors.ts',
    'server/log.ts',
  ],
  'server/alerts/': [
    'web/report/',
    'server/reports/',
    'server/store/query.ts',
    'server/store/store.ts',
    'server/control/control.ts',
    'server/errors.ts',
    'server/log.ts',
  ],
  'server/load/': [
    'server/journal/',
    'server/otlp/',
    'server/facts/',
    'server/store/',
    'server/model/',
    'server/errors.ts',
    'collector/secrets.ts',
  ],
  'server/ingest/': [
    'server/translate/',
    'server/otlp/',
    'server/journal/',
    'server/model/',
    'server/errors.ts',
    'collector/secrets.ts',
  ],
  'server/translate/': [
    'server/model/',
    'server/otlp/',
    'server/errors.ts',
    'collector/attributes.ts',
  ],
  'server/policy/': ['server/model/', 'server/errors.ts'],
  'server/scan/': ['collector/secrets.ts'],
  'server/grants/': ['server/policy/', 'server/scan/', 'collector/secrets.ts'],
  'server/api/': [
    'collector/secrets.ts',
    'server/model/',
    'server/policy/',
    'server/store/store.ts',
    'server/control/control.ts',
    'server/reports/',
    'server/alerts/',
    'server/errors.ts',
    'server/log.ts',
  ],
  'collector/': [],
  'web/': ['server/api/contract.ts'],
};

const importsOf = (file: string): { target: string; typeOnly: boolean; bare: boolean }[] => {
  const found = [
    ...text(file).matchAll(/(?:^|\n)\s*(import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'/g),
  ].map((match) => ({ typeOnly: match[2] !== undefined, from: match[3] ?? '' }));
  for (const match of text(file).matchAll(/import\(\s*'([^']+)'\s*\)/g))
    found.push({ typeOnly: false, from: match[1] ?? '' });
  return found.map(({ typeOnly, from }) => {
    const bare = !from.startsWith('.');
    const target = bare ? from : relative(ROOT, join(ROOT, dirname(file), from));
    return { target, typeOnly, bare };
  });
};

const inside = (path: string, place: string) =>
  place.endsWith('/') ? path.startsWith(place) : path === place;

describe('the tree', () => {
  it('has sources to check', () => {
    expect(product.length).toBeGreaterThan(20);
  });

  it('keeps every file at a size that reads well', () => {
    const long = files
      .filter((file) => /\.(ts|svelte|sql)$/.test(file) && lines(file).length > sizeLimit(file))
      .map((file) => `${file}: ${lines(file).length} lines, at most ${sizeLimit(file)}`);
    expect(long).toEqual([]);
  });

  it('says in the first line of each file what it is for', () => {
    const silent = [...sources, ...files.filter((file) => file.endsWith('.sql'))].filter((file) => {
      const first = lines(file)[0] ?? '';
      return !/^(\/\/|--|<!--|#!)/.test(first);
    });
    expect(silent).toEqual([]);
  });

  it('gives each macro of SQL a name of its own: a later one would silently stand for both', () => {
    const names = files
      .filter((file) => /^sql\/duckdb\/functions.*\.sql$/.test(file))
      .flatMap((file) => lines(file))
      .flatMap((line) => /create or replace macro (\w+)/.exec(line)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('names no file utils, helpers, manager or v2', () => {
    const vague = files.filter((file) => /(^|[/.-])(utils?|helpers?|manager|v2)[./-]/i.test(file));
    expect(vague).toEqual([]);
  });

  it('keeps the import rules', () => {
    const broken = product.flatMap((file) => {
      const owner = Object.keys(MAY_IMPORT).find((place) => inside(file, place));
      if (owner === undefined || file.startsWith('collector/demo/')) return [];
      return importsOf(file)
        .filter(({ bare }) => !bare)
        .filter(({ target }) => !inside(target, owner))
        .filter(({ target }) => !(MAY_IMPORT[owner] ?? []).some((place) => inside(target, place)))
        .map(({ target }) => `${file} imports ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it('lets the dashboard take only types from the server', () => {
    const broken = product
      .filter((file) => file.startsWith('web/'))
      .flatMap((file) =>
        importsOf(file)
          .filter(({ target, typeOnly }) => target.startsWith('server/') && !typeOnly)
          .map(({ target }) => `${file} imports ${target}`),
      );
    expect(broken).toEqual([]);
  });

  it('imports each engine in one folder only', () => {
    const broken = product.filter(
      (file) =>
        !file.startsWith('server/store/') &&
        importsOf(file).some(({ target }) => target.startsWith('@duckdb/')),
    );
    expect(broken).toEqual([]);
  });

  it('reads the environment of the server in config.ts only', () => {
    const broken = product.filter(
      (file) =>
        file.startsWith('server/') &&
        file !== 'server/config.ts' &&
        text(file).includes('process.env'),
    );
    expect(broken).toEqual([]);
  });

  it('ends the process in main.ts, cli.ts and the demo only', () => {
    const allowed = ['server/main.ts', 'server/cli.ts'];
    const broken = product.filter(
      (file) =>
        !allowed.includes(file) &&
        !file.startsWith('collector/demo/') &&
        /process\.exit\(/.test(text(file)),
    );
    expect(broken).toEqual([]);
  });

  it('has no loose types and no silenced checks', () => {
    const loose = sources.filter((file) =>
      /(: any[;,)=\s[]|\bas any\b|@ts-(ignore|expect-error|nocheck)|eslint-disable)/.test(
        file === 'test/tidy.test.ts' ? '' : text(file),
      ),
    );
    expect(loose).toEqual([]);
  });

  it('keeps SQL out of TypeScript strings', () => {
    const verbs = /[`"'](select .* from|insert into|create table|update .* set|delete from) /i;
    const broken = product.filter((file) => file.startsWith('server/') && verbs.test(text(file)));
    expect(broken).toEqual([]);
  });

  it('puts no markup and no style inline in the dashboard', () => {
    const broken = product.filter(
      (file) => file.endsWith('.svelte') && /(\{@html|\sstyle=|\sstyle:)/.test(text(file)),
    );
    expect(broken).toEqual([]);
  });
});
