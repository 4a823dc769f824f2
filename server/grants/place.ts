// Names of files and places in them, as a recommendation shows them: from the root of the repository, with a line.
import { access } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { findNodeAtLocation, parseTree, type JSONPath } from 'jsonc-parser';
import { isDeep } from '../policy/jsonc.ts';

/** The file's path from the root of its repository; as it was given where it lies in none. */
export const placeOf = async (file: string, cwd: string): Promise<string> => {
  const full = resolve(cwd, file);
  for (let folder = dirname(full); ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) return relative(folder, full).split(sep).join('/');
    if (folder === dirname(folder)) return file;
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Lines of places in a JSON text, from 1; null where there is no such place. */
export const createLines = (text: string): ((path: JSONPath) => number | null) => {
  const blank = text.replace(/^\ufeff/, ' ');
  const root = isDeep(blank) ? undefined : parseTree(blank, [], { allowTrailingComma: true });
  return (path) => {
    const node = root && findNodeAtLocation(root, path);
    return node === undefined ? null : text.slice(0, node.offset).split('\n').length;
  };
};
