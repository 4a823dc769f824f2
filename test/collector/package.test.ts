// The package as it is published: what is in it, how it resolves, how large it is, and what it runs on install.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './agent.ts';
import { command, ENGINES, installPacked, packed } from './packed.ts';

/** What a developer downloads for it, and what is loaded by an agent that runs an SDK already. */
const MAX_TARBALL_KIB = 110;
const MAX_DOOR_KIB = 90;

const BIN = join(ENGINES, 'packed/node_modules/.bin');
const checks = existsSync(BIN);
if (!checks)
  process.stderr.write('SKIPPED: publint and attw, since test/engines/packed is not installed\n');

const lines = ['otel-2', 'otel-3'].filter((line) =>
  existsSync(join(ENGINES, line, 'node_modules')),
);
if (lines.length < 2)
  process.stderr.write('SKIPPED: types, since test/engines/otel-2 and otel-3 are not installed\n');

const INTEGRATIONS = join(ROOT, 'collector/integrations');
const integrations = existsSync(INTEGRATIONS)
  ? readdirSync(INTEGRATIONS)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -'.ts'.length))
  : [];

interface Manifest {
  version: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'collector/package.json'), 'utf8')) as Manifest;

let tarball: string;
let listed: string[];
beforeAll(async () => {
  tarball = await packed();
  listed = command('tar', ['-tzf', tarball], ROOT)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace('package/', ''));
}, 180_000);

const CONSUMER = `
import { approval, authorize, credential, resource, surface, task, tool, type Decision } from '@footprint/collector';
import { start } from '@footprint/collector/start';
import { processor } from '@footprint/collector/processor';
import { NodeSDK } from '@opentelemetry/sdk-node';
new NodeSDK({ spanProcessors: [processor()] });
export const telemetry = start({ agent: 'desk' });
export const decision: Decision = authorize({ permission: 'a' }, () => true);
export const later: Promise<Decision> = authorize({ permission: 'a' }, async () => true);
export const given: boolean = approval({ permission: 'a', decision }, () => false).approved;
export const value: number = task({ agent: 'desk' }, () => tool({ name: 'a', decision }, () => 1));
export const held: Promise<string> = resource({ type: 'file' }, async () => 'x').then((one) => one.value);
credential.issued('x', { type: 'jwt' });
surface(['a'], { source: 'config' });
`;
/** An effect is one of a closed set. */
const WRONG = `
import { authorize } from '@footprint/collector';
authorize({ permission: 'a' }, () => ({ effect: 'perhaps' }));
`;

describe('the package', () => {
  it('holds what was built with its types, its pages and its licence, and nothing else', () => {
    const shapes = [/^dist\/[\w/-]+\.(js|d\.ts)$/, /^docs\/[\w-]+\.md$/];
    const other = listed.filter((name) => !shapes.some((shape) => shape.test(name)));
    expect(other.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    for (const door of [
      'index',
      'start',
      'processor',
      ...integrations.map((n) => `integrations/${n}`),
    ]) {
      expect(listed).toContain(`dist/${door}.js`);
      expect(listed).toContain(`dist/${door}.d.ts`);
    }
  });

  it('links from its pages to nothing that it does not hold', () => {
    const pages = listed.filter((name) => name.endsWith('.md'));
    const links = pages.flatMap((page) => {
      const text = command('tar', ['-xzOf', tarball, `package/${page}`], ROOT);
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) => to);
      return targets.map((target) => posix.join(posix.dirname(page), target));
    });
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !listed.includes(target))).toEqual([]);
  });

  it('needs the API alone: no dependency, and every other peer is optional', () => {
    expect(manifest.dependencies).toBeUndefined();
    const needed = Object.keys(manifest.peerDependencies).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
    );
    expect(needed).toEqual(['@opentelemetry/api']);
  });

  it('runs nothing when it is installed', () => {
    const scripts = Object.keys(manifest.scripts ?? {});
    expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });

  it('says on its spans which version it is', () => {
    const span = readFileSync(join(ROOT, 'collector/span.ts'), 'utf8');
    expect(span).toContain(`const VERSION = '${manifest.version}'`);
  });

  it.skipIf(lines.length < 2).each([
    ['otel-2', 'nodenext'],
    ['otel-3', 'nodenext'],
    ['otel-3', 'bundler'],
  ])(
    'gives its types to a strict project of %s that resolves as %s',
    async (engine, resolution) => {
      const folder = await mkdtemp(join(tmpdir(), 'footprint-types-'));
      installPacked(tarball, folder, engine);
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await writeFile(join(folder, 'agent.ts'), CONSUMER);
      await writeFile(join(folder, 'wrong.ts'), WRONG);
      const how = ['--module', resolution === 'bundler' ? 'esnext' : resolution];
      const rest = ['--moduleResolution', resolution, '--target', 'es2022', '--lib', 'es2022'];
      const args = [...how, ...rest, '--strict', '--noEmit', '--skipLibCheck'];
      const tsc = (file: string) =>
        spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...args, file], {
          cwd: folder,
          encoding: 'utf8',
        }).stdout;
      const [right, wrong] = [tsc('agent.ts'), tsc('wrong.ts')];
      await rm(folder, { recursive: true, force: true });
      expect(right).toBe('');
      expect(wrong).toContain('perhaps');
    },
  );

  it('stays small', () => {
    expect(statSync(tarball).size / 1024).toBeLessThan(MAX_TARBALL_KIB);
    const seen = new Set<string>();
    const weigh = (file: string): number => {
      if (seen.has(file)) return 0;
      seen.add(file);
      const text = command('tar', ['-xzOf', tarball, `package/dist/${file}`], ROOT);
      const imports = [...text.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, name = '']) => name);
      return text.length + imports.reduce((sum, name) => sum + weigh(name), 0);
    };
    expect(weigh('index.js') / 1024).toBeLessThan(MAX_DOOR_KIB);
    expect([...seen].filter((name) => ['start.js', 'batch.js', 'spool.js'].includes(name))).toEqual(
      [],
    );
  });

  it.skipIf(!checks)('passes publint without a word', () => {
    const done = spawnSync(join(BIN, 'publint'), ['run', tarball, '--strict'], {
      encoding: 'utf8',
    });
    const words = `${done.stdout}${done.stderr}`.split('\n').filter((line) => /^\d+\. /.test(line));
    // Until the first integration is there, its pattern matches nothing.
    const none = integrations.length === 0 ? words.filter((line) => line.includes('"./*"')) : [];
    expect(words.filter((line) => !none.includes(line))).toEqual([]);
    expect(done.stdout).toContain('Linting');
  });

  it.skipIf(!checks)('resolves with its types wherever ECMAScript modules are resolved', () => {
    const more = integrations.length === 0 ? [] : ['--include-entrypoints', ...integrations];
    const args = [tarball, '--profile', 'esm-only', '--format', 'json', ...more];
    const done = spawnSync(join(BIN, 'attw'), args, { encoding: 'utf8' });
    const told = JSON.parse(done.stdout) as {
      analysis: { entrypoints: Record<string, unknown> };
      problems?: Record<string, unknown>;
    };
    const doors = ['.', './start', './processor', ...integrations.map((name) => `./${name}`)];
    expect(Object.keys(told.analysis.entrypoints)).toEqual(expect.arrayContaining(doors));
    expect(done.status).toBe(0);
  });
});
