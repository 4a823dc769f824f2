// All reports by name: the built-in ones, and the user's own files from a folder that is read again when it changes.
import { existsSync, readFileSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { readSql, SQL_FOLDER } from '../store/query.ts';
import { readDefinition, type Definition } from './definition.ts';

export interface Listed {
  name: string;
  source: 'built_in' | 'folder';
  /** Null where the file is broken. */
  definition: Definition | null;
  /** What is wrong with the file; null where nothing is. */
  fault: string | null;
}

export interface ReportCatalogue {
  list(): readonly Listed[];
  /** Throws AppError `not_found`, or `bad_request` with what is wrong with its file. */
  find(name: string): { listed: Listed; definition: Definition };
  close(): void;
}

/** A file that a person writes; the statement alone is a few hundred lines at most. */
const FILE_BYTES_MAX = 256 * 1024;
/** Files beyond this are listed as a fault, not read: a folder given by mistake must not fill the memory. */
const FILES_MAX = 200;
/** An editor writes a file in several steps; the folder is read when they are over. */
const QUIET_MS = 200;

/** Whether a user's statement may be run at all: what is wrong with it, or null. */
export type Check = (definition: Definition) => Promise<string | null>;

export const openCatalogue = async ({
  folder,
  check,
  changed = () => undefined,
}: {
  /** The user's own; null where there is none. */
  folder: string | null;
  check: Check;
  /** Called when the folder was read again. */
  changed?: () => void;
}): Promise<ReportCatalogue> => {
  const built_in = readSql(`${SQL_FOLDER}reports/`).map(({ name, text }): Listed => ({
    name,
    source: 'built_in',
    definition: readDefinition(name, text),
    fault: null,
  }));
  const taken = new Set(built_in.map(({ name }) => name));
  const checked = new Map<string, string | null>();
  let own: readonly Listed[] = [];
  const read = async (): Promise<void> => {
    if (folder === null) return;
    const found = readFolder(folder, taken);
    own = await Promise.all(
      found.map(async (listed): Promise<Listed> => {
        const { definition } = listed;
        if (definition === null) return listed;
        const known = checked.get(definition.digest);
        const fault = known === undefined ? await check(definition) : known;
        checked.set(definition.digest, fault);
        return { ...listed, fault };
      }),
    );
  };
  await read();
  const watcher = folder === null ? null : watchFolder(folder, () => void read().then(changed));
  const list = () => [...built_in, ...own];
  return {
    list,
    find(name) {
      const listed = list().find((one) => one.name === name);
      if (listed === undefined) throw new AppError('not_found', `there is no report "${name}"`);
      const { definition, fault } = listed;
      if (definition === null || fault !== null) {
        throw new AppError('bad_request', `report ${name} cannot run: ${fault ?? 'it is broken'}`);
      }
      return { listed, definition };
    },
    close: () => watcher?.close(),
  };
};

const readFolder = (folder: string, taken: ReadonlySet<string>): Listed[] => {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, i) => {
    const name = file.slice(0, -'.sql'.length);
    const broken = (fault: string): Listed => ({ name, source: 'folder', definition: null, fault });
    if (i >= FILES_MAX) return broken(`the folder holds more than ${FILES_MAX} files`);
    if (taken.has(name)) return broken('a built-in report has this name');
    try {
      const path = join(folder, file);
      if (statSync(path).size > FILE_BYTES_MAX) {
        return broken(`the file is larger than ${FILE_BYTES_MAX} bytes`);
      }
      const definition = readDefinition(name, readFileSync(path, 'utf8'));
      return { name, source: 'folder', definition, fault: null };
    } catch (error) {
      return broken(error instanceof AppError ? error.message : 'the file cannot be read');
    }
  });
};

const watchFolder = (folder: string, changed: () => void): FSWatcher | null => {
  let timer: NodeJS.Timeout | null = null;
  try {
    const watcher = watch(folder, { persistent: false }, () => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(changed, QUIET_MS).unref();
    });
    // A folder that is taken away later is listed as empty; the server goes on.
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    return null;
  }
};
