// A JSON file, comments allowed, that is changed place by place, so that all the rest stays as it was written.
import {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  modify,
  parseTree,
} from 'jsonc-parser';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';
import type { Edit } from './types.ts';

export interface JsonFile {
  value: () => unknown;
  /** The changed text with these notes; refused where it does not read as what was asked for. */
  edit: (notes: string[]) => Edit;
  set: (path: JSONPath, value: unknown) => void;
  /** Takes an item out of a list. */
  remove: (path: JSONPath) => void;
  /** Puts a value at the end of a list. */
  push: (path: JSONPath, value: unknown) => void;
}

/** No policy is nested deeper, and readers of JSON that call themselves fail far beyond. */
export const DEPTH_MAX = 200;
const BOM = '\ufeff';
const LAX = { allowTrailingComma: true };

/** The file, or why it cannot be changed safely. A byte order mark stays where it was. */
export const openJson = (file: string): JsonFile | { refused: string } => {
  const mark = file.startsWith(BOM) ? BOM : '';
  const given = file.slice(mark.length);
  if (isDeep(given)) return { refused: `It is nested deeper than ${DEPTH_MAX} levels.` };
  const errors: ParseError[] = [];
  const root = parseTree(given, errors, LAX);
  if (root === undefined || errors.length > 0) return { refused: 'It is no JSON.' };
  if (hasDouble(root)) return { refused: 'It has the same key twice in one object.' };
  let text = given;
  // What the file is to say, changed beside its text.
  const meant = { root: getNodeValue(root) as unknown };
  const indent = /\n([ \t]+)\S/.exec(given)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: given.includes('\r\n') ? '\r\n' : '\n',
  };
  const put = (path: JSONPath, value: unknown, isArrayInsertion = false): void => {
    text = applyEdits(text, modify(text, path, value, { formattingOptions, isArrayInsertion }));
  };
  return {
    value: () => {
      const tree = parseTree(text, [], LAX);
      return tree === undefined ? undefined : (getNodeValue(tree) as unknown);
    },
    edit: (notes) => {
      const wrong: ParseError[] = [];
      const tree = parseTree(text, wrong, LAX);
      const reads: unknown = tree && getNodeValue(tree);
      return wrong.length > 0 || JSON.stringify(reads) !== JSON.stringify(meant.root)
        ? { refused: 'Changed in its own text it would not say what is meant.' }
        : { text: mark + text, notes };
    },
    set: (path, value) => {
      put(path, value);
      place(meant, path, (parent, key) => Reflect.set(parent, key, copy(value)));
    },
    remove: (path) => {
      text = withoutItem(text, path);
      place(meant, path, (parent, key) => Array.isArray(parent) && parent.splice(Number(key), 1));
    },
    push: (path, value) => {
      put([...path, -1], value, true);
      place(meant, [...path, -1], (parent) => Array.isArray(parent) && parent.push(copy(value)));
    },
  };
};

/** What is put in must not change with its source. */
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** Changes a value where a path leads, with the objects on its way that are missing. */
const place = (
  within: { root: unknown },
  path: JSONPath,
  change: (parent: object, key: string | number) => void,
): void => {
  let parent: object = within;
  let key: string | number = 'root';
  for (const next of path) {
    const inner: unknown = Reflect.get(parent, key);
    const object: object = typeof inner === 'object' && inner !== null ? inner : {};
    if (object !== inner) Reflect.set(parent, key, object);
    parent = object;
    key = next;
  }
  change(parent, key);
};

/** Whether brackets are nested too deep, by the tokens alone. */
export const isDeep = (text: string): boolean => {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const token = text[scanner.getTokenOffset()];
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
};

/** By the places in the text: the editor of jsonc-parser tears lists that stand on one line. */
const withoutItem = (text: string, path: JSONPath): string => {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, path);
  const items = node?.parent?.children ?? [];
  const index = node === undefined ? -1 : items.indexOf(node);
  if (node === undefined || index < 0) return text;
  const end = node.offset + node.length;
  const next = items[index + 1];
  if (next !== undefined) return text.slice(0, node.offset) + text.slice(next.offset);
  const before = text.slice(0, node.offset).trimEnd();
  const trailing = /^\s*,/.exec(text.slice(end))?.[0] ?? '';
  const rest = text.slice(end + trailing.length);
  const last = items[index - 1];
  if (last === undefined || trailing !== '') return before + rest;
  // The comma behind what is now the last goes, a comment beside it stays.
  const lastEnd = last.offset + last.length;
  const comma = /^\s*,/.exec(text.slice(lastEnd))?.[0] ?? '';
  if (comma === '') return text.slice(0, lastEnd) + rest;
  return text.slice(0, lastEnd) + before.slice(lastEnd + comma.length) + rest;
};

const hasDouble = (node: Node): boolean => {
  const children = node.children ?? [];
  if (node.type === 'object') {
    const keys = children.map((property) => String(property.children?.[0]?.value));
    if (new Set(keys).size < keys.length) return true;
  }
  return children.some(hasDouble);
};

export type Json = Record<string, unknown>;
export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const record = (value: unknown): Json => (isRecord(value) ? value : {});

/** A text, or a list of nothing but texts; null for anything else. */
export const textsOf = (value: unknown): string[] | null => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((one): one is string => typeof one === 'string') ? list : null;
};
