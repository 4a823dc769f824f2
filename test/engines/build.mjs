// Programs of other languages that only tests need, built or installed once for each version; what cannot be had in
// time is said aloud, and its tests are skipped. Plain JavaScript, as setup.mjs is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** All builds together: cold they take some eight minutes of two cores, and the gate has twenty, the tests sixteen of them. */
const TOGETHER_MS = 150_000;
/** Holds what was built, as a hash of what it came from. */
const MARKER = '.footprint.json';

const hashOf = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** A server of somebody else's, at a version. */
const server = (name, source) => {
  const bin = join(HERE, 'policy/bin');
  return {
    name: `a real ${name}`,
    needs: 'go',
    folder: bin,
    key: name,
    hash: source,
    made: join(bin, name),
    steps: [{ command: 'go', args: ['install', source], env: { GOBIN: bin } }],
  };
};

/** A program of the tests' own. */
const program = (name) => {
  const cwd = join(HERE, 'go', name);
  const bin = join(HERE, 'go/bin');
  const made = join(bin, name);
  return {
    name: `Go's ${name}`,
    needs: 'go',
    folder: bin,
    key: name,
    hash: hashOf(...['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(cwd, file)))),
    made,
    steps: [
      { command: 'go', args: ['build', '-trimpath', '-ldflags=-s -w', '-o', made, '.'], cwd },
    ],
  };
};

/** A virtual environment with pinned packages. */
const environment = (name) => {
  const venv = join(HERE, name, 'venv');
  const wanted = join(HERE, name, 'requirements.txt');
  const python = join(venv, 'bin/python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  return {
    name: 'agents in Python',
    needs: 'python3',
    folder: venv,
    key: 'packages',
    hash: hashOf(readFileSync(wanted)),
    made: venv,
    steps: [
      { command: 'python3', args: ['-m', 'venv', venv] },
      { command: python, args: [...pip, '-r', wanted] },
    ],
  };
};

/** The quick ones first, since the time is shared. */
const ENGINES = () => [
  program('agent'),
  environment('python'),
  server('opa', 'github.com/open-policy-agent/opa@v1.22.3'),
  program('otelcol'),
  server('openfga', 'github.com/openfga/openfga/cmd/openfga@v1.22.1'),
];

const readMarker = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
};

/** Builds what is missing; `say` writes a line, `hasCommand` tells whether a program is on the path. */
export const buildEngines = ({ say, hasCommand }) => {
  const until = Date.now() + TOGETHER_MS;
  for (const { name, needs, folder, key, hash, made, steps } of ENGINES()) {
    const marker = join(folder, MARKER);
    if (readMarker(marker)[key] === hash && existsSync(made)) continue;
    const skipped = (why) => say(`${why}: the tests with ${name} will be skipped.`);
    if (!hasCommand(needs)) {
      skipped(`No ${needs} found`);
      continue;
    }
    process.stderr.write(`building ${name}, which takes up to some minutes … `);
    // What was made of other sources must not be taken for this.
    rmSync(made, { recursive: true, force: true });
    const why = runAll(steps, until);
    if (why !== null) {
      say('failed');
      skipped(why);
      continue;
    }
    say('done');
    mkdirSync(folder, { recursive: true });
    writeFileSync(marker, JSON.stringify({ ...readMarker(marker), [key]: hash }));
  }
};

/** Null where all steps succeed before `until`, else why not. */
const runAll = (steps, until) => {
  for (const { command, args, cwd, env = {} } of steps) {
    const timeout = until - Date.now();
    if (timeout <= 0) return 'No time was left to build it';
    const options = { cwd, encoding: 'utf8', timeout, env: { ...process.env, ...env } };
    const done = spawnSync(command, args, options);
    if (done.status === 0) continue;
    const said = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim().split('\n').at(-1);
    return said || 'It could not be built in time';
  }
  return null;
};
