// A JSON file, comments allowed, that is changed place by place, so that all the rest stays as it was written.
import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree } from 'jsonc-parser';
import { AppError } from '../errors.ts';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';

export interface JsonFile {
  value: () => unknown;
  text: () => string;
  set: (path: JSONPath, value: unknown) => void;
  /** Takes an item out of a list. */
  remove: (path: JSONPath) => void;
  /** Puts a value at the end of a list. */
  push: (path: JSONPath, value: unknown) => void;
}

/** The file, or why it cannot be changed safely. */
export const openJson = (given: string): JsonFile | { refused: string } => {
  const errors: ParseError[] = [];
  const root = parseTree(given, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) return { refused: 'It is no JSON.' };
  if (hasDouble(root)) return { refused: 'It has the same key twice in one object.' };
  let text = given;
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
      const tree = parseTree(text, [], { allowTrailingComma: true });
      return tree === undefined ? undefined : (getNodeValue(tree) as unknown);
    },
    text: () => {
      const wrong: ParseError[] = [];
      parseTree(text, wrong, { allowTrailingComma: true });
      if (wrong.length > 0) throw new AppError('internal', 'a changed file is no JSON any more');
      return text;
    },
    set: (path, value) => put(path, value),
    remove: (path) => {
      text = withoutItem(text, path);
    },
    push: (path, value) => put([...path, -1], value, true),
  };
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
