// Copies of @opentelemetry/api in a project: a newer one that reads the global of an older one gets no tracer, silently.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Copy {
  version: string;
  /** Relative to the project. */
  path: string;
}

/** Nested node_modules go no deeper in practice; the walk must end. */
const DEPTH_MAX = 6;
/** A project with more packages than this is only looked through in part. */
const FOLDERS_MAX = 20_000;

/** Every installed copy under the project's node_modules. */
export const findApiCopies = async (project: string): Promise<Copy[]> => {
  const copies: Copy[] = [];
  let folders = 0;
  const walk = async (modules: string, depth: number): Promise<void> => {
    if (depth > DEPTH_MAX) return;
    for (const name of await foldersOf(modules)) {
      folders += 1;
      if (folders > FOLDERS_MAX) return;
      const path = join(modules, name);
      if (name.startsWith('@')) {
        for (const scoped of await foldersOf(path)) await visit(join(path, scoped), depth);
      } else await visit(path, depth);
    }
  };
  const visit = async (path: string, depth: number): Promise<void> => {
    if (path.endsWith(join('@opentelemetry', 'api'))) {
      const version = await versionOf(path);
      if (version !== null) copies.push({ version, path: relative(project, path) });
    }
    await walk(join(path, 'node_modules'), depth + 1);
  };
  await walk(join(project, 'node_modules'), 1);
  return copies;
};

const foldersOf = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
};

const versionOf = async (path: string): Promise<string | null> => {
  try {
    const told: unknown = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
    const has = typeof told === 'object' && told !== null && 'version' in told;
    return has && typeof told.version === 'string' ? told.version : null;
  } catch {
    return null;
  }
};
