// A JSON file, comments allowed, that is changed place by place, so that all the rest stays as it was written.
import { applyEdits, getNodeValue, modify, parseTree } from 'jsonc-parser';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';

export interface JsonFile {
  value: () => unknown;
  text: () => string;
  set: (path: JSONPath, value: unknown) => void;
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
    text: () => text,
    set: (path, value) => put(path, value),
    remove: (path) => put(path, undefined),
    push: (path, value) => put([...path, -1], value, true),
  };
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
