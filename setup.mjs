// Installs what a command needs and builds the dashboard; plain JavaScript, so that any Node from 20 on can run it.
// Usage: node setup.mjs <start|test|demo>. A marker of lock-file hash and mode makes a second run quick.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEngines } from './test/engines/build.mjs';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const MODES = ['start', 'test', 'demo'];
/** What each mode needs besides the root's install: folders with a lock file of their own. */
const FOLDERS = {
  start: [],
  demo: ['collector/demo'],
  test: [
    'collector/demo',
    'test/engines/beside',
    'test/engines/credentials',
    'test/engines/deno',
    'test/engines/frameworks',
    'test/engines/mail',
    'test/engines/otel-2',
    'test/engines/otel-3',
    'test/engines/packed',
    'test/engines/policy',
  ],
};
/** Type stripping and zstd are in this Node without a flag. */
const NODE_NEEDED = 24;
/** Holds what was installed (in node_modules) or built (in web/dist), as a hash of what it came from. */
const MARKER = '.footprint.json';

const say = (text) => process.stderr.write(`${text}\n`);

const fail = (text) => {
  say(`\n${text}`);
  process.exit(1);
};

/** Runs a command and shows its output only if it fails. */
const run = (what, command, args, { cwd = ROOT, path = process.env.PATH } = {}) => {
  const began = Date.now();
  process.stderr.write(`${what} … `);
  const shell = process.platform === 'win32';
  const env = { ...process.env, PATH: path };
  const done = spawnSync(command, args, { cwd, env, shell, encoding: 'utf8' });
  if (done.status !== 0) {
    say('failed');
    say(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? String(done.error) : ''}`);
    fail(`${command} ${args.join(' ')} failed in ${cwd}`);
  }
  say(`${((Date.now() - began) / 1000).toFixed(1)} s`);
};

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const readMarker = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
};

const markerOf = (folder) => join(folder, 'node_modules', MARKER);

/** `npm ci` where the lock file changed or where less was installed than the mode needs. */
const install = (folder, mode) => {
  const lock = join(folder, 'package-lock.json');
  if (!existsSync(lock)) return;
  const hash = sha256(readFileSync(lock));
  const marker = readMarker(markerOf(folder));
  const whole = marker.whole === true || mode === 'start';
  if (marker.hash === hash && whole) return;
  // What a wider mode has installed stays: a start after a test must not take the test's tools away.
  const omit = mode === 'start' && marker.whole !== true ? ['--omit=dev'] : [];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const name = folder === ROOT ? 'dependencies' : folder.slice(ROOT.length);
  run(`installing ${name}`, 'npm', ['ci', ...omit, ...quiet], { cwd: folder });
  writeFileSync(markerOf(folder), JSON.stringify({ hash, whole: omit.length === 0 }));
};

/** The pinned Node where its package exists for this platform, else the one that runs this. */
const checkNode = () => {
  const pinned = join(
    ROOT,
    'node_modules',
    '.bin',
    process.platform === 'win32' ? 'node.cmd' : 'node',
  );
  if (existsSync(pinned)) return;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE_NEEDED) return;
  fail(
    `Footprint runs TypeScript directly and needs Node ${NODE_NEEDED} or newer; ` +
      `this is ${process.version}, and no pinned Node exists for ${process.platform} ${process.arch}. ` +
      `Install Node ${NODE_NEEDED} from https://nodejs.org and run the command again.`,
  );
};

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });

/** Builds web/dist where a source of it is newer than the last build. */
const buildWeb = () => {
  const web = join(ROOT, 'web');
  const sources = [...filesBelow(web), join(ROOT, 'package-lock.json')].sort();
  const hash = sha256(
    ...sources.map((file) => `${file.slice(ROOT.length)}:${statSync(file).size}:`),
    ...sources.map((file) => readFileSync(file)),
  );
  const marker = join(web, 'dist', MARKER);
  if (readMarker(marker).hash === hash) return;
  const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  run(
    'building the dashboard',
    'node',
    ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'],
    { path },
  );
  writeFileSync(marker, JSON.stringify({ hash }));
};

const hasCommand = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** Debian's Chromium for the browser tests, where none is there and this user may install it. */
const installChromium = () => {
  if (['chromium', 'chromium-browser', 'google-chrome'].some(hasCommand)) return;
  const root = typeof process.getuid === 'function' && process.getuid() === 0;
  if (!root || !hasCommand('apt-get')) {
    say('No Chromium found and none can be installed here: the browser tests will be skipped.');
    return;
  }
  run('updating package lists', 'apt-get', ['update', '-qq']);
  const packages = ['chromium', 'fonts-dejavu-core'];
  run('installing Chromium', 'apt-get', [
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    ...packages,
  ]);
};

const mode = process.argv[2];
if (!MODES.includes(mode)) fail(`usage: node setup.mjs <${MODES.join('|')}>`);
install(ROOT, mode);
checkNode();
for (const folder of FOLDERS[mode]) install(join(ROOT, folder), mode);
if (mode !== 'demo') buildWeb();
if (mode === 'test') installChromium();
if (mode === 'test') buildEngines({ say, hasCommand });
