// Builds the published package: dist/ of ECMAScript modules with types, by tsc, from the sources that run as they are.
// What the sources say stands in the types alone: a package says it once.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

rmSync(join(HERE, 'dist'), { recursive: true, force: true });
const build = (...how) => {
  const args = [tsc, '-p', join(HERE, 'tsconfig.build.json'), ...how];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
};
process.exitCode =
  build('--removeComments', '--declaration', 'false') || build('--emitDeclarationOnly');
