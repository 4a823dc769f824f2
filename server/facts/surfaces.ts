// The surface that a span tells: tools offered, a snapshot's part, or the scopes of a token.
import type { Content } from '../model/group.ts';
import type { ToldPermission } from '../model/rows.ts';
import { sortedSurface, surfaceHash } from '../model/surface.ts';
import { NO_TEXT } from '../model/texts.ts';
import type { Fact } from '../model/words.ts';
import { beside, type CredentialEvent, type Of } from './evidence.ts';
import { FIELD, type Reader } from './reader.ts';
import type { OfferedTool, ReadTools } from './tools.ts';

/** Surfaces remembered by content; beyond it all are forgotten and built again as they come. */
const MAX_REMEMBERED = 4096;

/** Parts of one snapshot at most: 500 permissions a part make a million. */
const MAX_PARTS = 2000;

/** Longest name of a permission or pattern, in characters. */
const MAX_NAME = 1024;

/** Writes the surface told by the span that the reader is open at, and its hash at the span. */
export type TellSurface = (
  reader: Reader,
  bytes: Buffer,
  of: Of,
  told: { fact: Fact; event: CredentialEvent | null },
) => void;

interface Told extends Content {
  kind: 'tool_list' | 'snapshot' | 'token';
  /** Numbers of texts. */
  source: number;
  source_ref: number;
  part: number;
  parts: number;
}

export const createSurfaces = (readTools: ReadTools): TellSurface => {
  const contentOf = createContents();
  return (reader, bytes, of, { fact, event }) => {
    const told =
      fact === 'surface'
        ? snapshot(reader, of, contentOf)
        : (tools(offeredTools(reader, bytes, readTools), of, contentOf) ??
          (event === null ? null : token(reader, of, event, contentOf)));
    if (told === null) return;
    const { texts, surfaces, contents } = of.group;
    const { columns: to, row } = beside(surfaces, of);
    const hash = texts.of(told.surface_hash);
    to.kind[row] = texts.of(told.kind);
    to.source[row] = told.source;
    to.source_ref[row] = told.source_ref;
    to.surface_hash[row] = hash;
    to.part[row] = told.part;
    to.parts[row] = told.parts;
    contents.set(hash, told);
    of.columns.surface_hash[of.row] = hash;
  };
};

interface ContentOf {
  /** Of `permission|pattern` texts. */
  texts(texts: readonly string[]): Content;
  tools(tools: readonly OfferedTool[]): Content;
}

/** Content of a list, built once for the same list. */
const createContents = (): ContentOf => {
  const known = new Map<string, Content>();
  /** Lists that the reader of tools remembers are known by themselves. */
  let lists = new WeakMap<readonly unknown[], Content>();
  const contentOf = <Item>(
    items: readonly Item[],
    asText: (item: Item) => string,
    asHeld: (item: Item) => ToldPermission[],
  ): Content => {
    const same = lists.get(items);
    if (same !== undefined) return same;
    const key = items.map(asText).join('\n');
    let content = known.get(key);
    if (content === undefined) {
      const permissions = sortedSurface(items.flatMap(asHeld));
      content = { surface_hash: surfaceHash(permissions), permissions };
      if (known.size >= MAX_REMEMBERED) {
        known.clear();
        lists = new WeakMap();
      }
      known.set(key, content);
    }
    lists.set(items, content);
    return content;
  };
  return {
    texts: (texts) =>
      contentOf(
        texts,
        (text) => text,
        (text) => heldOf(text),
      ),
    tools: (tools) =>
      contentOf(
        tools,
        ({ name, definition }) => `tool:${name}\0${definition ?? ''}`,
        ({ name, definition }) => heldOf(`tool:${name}|*`, definition),
      ),
  };
};

const tools = (
  offered: readonly OfferedTool[] | null,
  { group: { texts } }: Of,
  contentOf: ContentOf,
): Told | null => {
  if (offered === null || offered.length === 0) return null;
  const content = contentOf.tools(offered);
  const source = texts.of('tool_list');
  return { kind: 'tool_list', source, source_ref: NO_TEXT, part: 1, parts: 1, ...content };
};

const snapshot = (reader: Reader, { group: { texts } }: Of, contentOf: ContentOf): Told | null => {
  const told = reader.strings(FIELD.surface_permissions);
  if (told === null) return null;
  const parts = numberOr(reader.int(FIELD.surface_parts), 1);
  const part = numberOr(reader.int(FIELD.surface_part), 1);
  if (parts < 1 || parts > MAX_PARTS || part < 1 || part > parts) return null;
  const content = contentOf.texts(told);
  // An empty list says that nothing is held; one of which nothing can be read says nothing.
  if (told.length > 0 && content.permissions.length === 0) return null;
  const source = reader.text(FIELD.surface_source) || texts.of('config');
  return { kind: 'snapshot', source, source_ref: NO_TEXT, part, parts, ...content };
};

const token = (
  reader: Reader,
  { group: { texts }, columns, row }: Of,
  event: CredentialEvent,
  contentOf: ContentOf,
): Told | null => {
  const scopes = event === 'revoked' ? null : reader.strings(FIELD.scopes);
  if (scopes === null || scopes.length === 0) return null;
  const source = reader.text(FIELD.issuer) || texts.of('token');
  const source_ref = columns.fingerprint[row] as number;
  const content = contentOf.texts(scopes.map((scope) => `oauth:${scope}|*`));
  return { kind: 'token', source, source_ref, part: 1, parts: 1, ...content };
};

const numberOr = (value: number, or: number): number => (Number.isNaN(value) ? or : value);

/** `permission|resource pattern`; a permission holds no bar, a pattern may. */
const heldOf = (text: string, definition: string | null = null): ToldPermission[] => {
  const bar = text.indexOf('|');
  const permission = (bar < 0 ? text : text.slice(0, bar)).trim().slice(0, MAX_NAME);
  const pattern =
    bar < 0
      ? ''
      : text
          .slice(bar + 1)
          .trim()
          .slice(0, MAX_NAME);
  return permission === '' ? [] : [{ permission, resource_pattern: pattern || '*', definition }];
};

/** Null where no tools are told, or some that cannot be read: unknown is not none. */
const offeredTools = (
  reader: Reader,
  bytes: Buffer,
  readTools: ReadTools,
): readonly OfferedTool[] | null => {
  for (const field of [FIELD.tool_definitions, FIELD.tool_schema]) {
    if (!reader.has(field)) continue;
    const slices = reader.slices(field);
    if (slices.length === 2) return readTools(bytes, slices[0] as number, slices[1] as number);
    const all: OfferedTool[] = [];
    for (let i = 0; i < slices.length; i += 2) {
      const found = readTools(bytes, slices[i] as number, slices[i + 1] as number);
      if (found === null) return null;
      all.push(...found);
    }
    return all;
  }
  if (!reader.has(FIELD.tool_function)) return null;
  const slices = reader.slices(FIELD.tool_function);
  return slices.flatMap((offset, i) =>
    i % 2 === 0
      ? [
          {
            name: bytes.toString('utf8', offset, offset + (slices[i + 1] as number)),
            definition: null,
          },
        ]
      : [],
  );
};
