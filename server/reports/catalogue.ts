// Reports and rules of alerts by name: the built-in ones, and the user's own files from a folder that is read again when it changes.
import { existsSync, readFileSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { readSql, SQL_FOLDER } from '../store/query.ts';
import { readDefinition, type Definition } from './definition.ts';

export interface Listed<Kind extends Definition = Definition> {
  name: string;
  source: 'built_in' | 'folder';
  /** Null where the file is broken. */
  definition: Kind | null;
  /** What is wrong with the file; null where nothing is. */
  fault: string | null;
}

export interface FileCatalogue<Kind extends Definition> {
  list(): readonly Listed<Kind>[];
  /** Throws AppError `not_found`, or `bad_request` with what is wrong with its file. */
  find(name: string): { listed: Listed<Kind>; definition: Kind };
  /** Reads the folder again, as it is by itself when it changes. */
  refresh(): Promise<void>;
  close(): void;
}

/** A file that a person writes; the statement alone is a few hundred lines at most. */
const FILE_BYTES_MAX = 256 * 1024;
/** Files beyond this are listed as a fault, not read: a folder given by mistake must not fill the memory. */
const FILES_MAX = 200;
/** An editor writes a file in several steps; the folder is read when they are over. */
const QUIET_MS = 200;

/** A check that failed for no fault of its file is made again after this, when the machine may be less busy. */
const AGAIN_MS = 30_000;

/** Whether a user's statement may be run at all: what is wrong with it, or null. Throws where that is not known. */
export type Check = (definition: Definition) => Promise<string | null>;

/** What files a catalogue holds, and how they are read. */
export interface Files<Kind extends Definition> {
  /** `report` or `rule`, as people are told. */
  noun: string;
  /** Folder of the built-in ones. */
  built_in: string;
  read: (name: string, text: string) => Kind;
}

export type ReportCatalogue = FileCatalogue<Definition>;

const REPORTS: Files<Definition> = {
  noun: 'report',
  built_in: `${SQL_FOLDER}reports/`,
  read: readDefinition,
};

export const openCatalogue = (options: {
  folder: string | null;
  check: Check;
  changed?: () => void;
  again_ms?: number;
}): Promise<ReportCatalogue> => openFiles({ ...options, files: REPORTS });

export const openFiles = async <Kind extends Definition>({
  files,
  folder,
  check,
  changed = () => undefined,
  again_ms = AGAIN_MS,
}: {
  files: Files<Kind>;
  /** The user's own; null where there is none. */
  folder: string | null;
  check: Check;
  /** Called when the folder was read again. */
  changed?: () => void;
  /** Milliseconds after which a check that could not be made is made again. */
  again_ms?: number;
}): Promise<FileCatalogue<Kind>> => {
  const built_in = readSql(files.built_in).map(({ name, text }): Listed<Kind> => ({
    name,
    source: 'built_in',
    definition: files.read(name, text),
    fault: null,
  }));
  const taken = new Set(built_in.map(({ name }) => name));
  const checked = new Map<string, string | null>();
  let own: readonly Listed<Kind>[] = [];
  let again: NodeJS.Timeout | null = null;
  let closed = false;
  const checkAgain = (): void => {
    if (closed || again !== null) return;
    again = setTimeout(() => {
      again = null;
      void read().then(changed);
    }, again_ms).unref();
  };
  const read = async (): Promise<void> => {
    if (folder === null) return;
    const found = readFolder(files, folder, taken);
    own = await Promise.all(
      found.map(async (listed): Promise<Listed<Kind>> => {
        const { definition } = listed;
        if (definition === null) return listed;
        const known = checked.get(definition.digest);
        if (known !== undefined) return { ...listed, fault: known };
        try {
          const fault = await check(definition);
          checked.set(definition.digest, fault);
          return { ...listed, fault };
        } catch {
          checkAgain();
          return { ...listed, fault: 'it could not be checked yet, which is tried again' };
        }
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
      if (listed === undefined)
        throw new AppError('not_found', `there is no ${files.noun} "${name}"`);
      const { definition, fault } = listed;
      if (definition === null || fault !== null) {
        throw new AppError(
          'bad_request',
          `${files.noun} ${name} cannot run: ${fault ?? 'it is broken'}`,
        );
      }
      return { listed, definition };
    },
    refresh: read,
    close() {
      closed = true;
      if (again !== null) clearTimeout(again);
      watcher?.close();
    },
  };
};

const readFolder = <Kind extends Definition>(
  { noun, read }: Files<Kind>,
  folder: string,
  taken: ReadonlySet<string>,
): Listed<Kind>[] => {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return names.map((file, i) => {
    const name = file.slice(0, -'.sql'.length);
    const broken = (fault: string): Listed<Kind> => ({
      name,
      source: 'folder',
      definition: null,
      fault,
    });
    if (i >= FILES_MAX) return broken(`the folder holds more than ${FILES_MAX} files`);
    if (taken.has(name)) return broken(`a built-in ${noun} has this name`);
    try {
      const path = join(folder, file);
      if (statSync(path).size > FILE_BYTES_MAX) {
        return broken(`the file is larger than ${FILE_BYTES_MAX} bytes`);
      }
      const definition = read(name, readFileSync(path, 'utf8'));
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
