// The surface that a span tells: tools offered, a snapshot's part, or the scopes of a token.
import type { CredentialRow, HeldPermission, SurfaceRow } from '../model/rows.ts';
import { sortedSurface, surfaceHash } from '../model/surface.ts';
import type { Reader } from './reader.ts';
import type { ReadTools } from './tools.ts';

/** Surfaces remembered by content; beyond it all are forgotten and built again as they come. */
const MAX_REMEMBERED = 4096;

/** Parts of one snapshot at most: 500 permissions a part make a million. */
const MAX_PARTS = 2000;

/** Longest name of a permission or pattern, in characters. */
const MAX_NAME = 1024;

/** Finds the surface told by the span that the reader is open at. */
export interface Surfaces {
  tools(reader: Reader, bytes: Buffer): SurfaceRow | null;
  snapshot(reader: Reader): SurfaceRow | null;
  token(credential: CredentialRow): SurfaceRow | null;
}

type Content = Pick<SurfaceRow, 'surface_hash' | 'permissions'>;

export const createSurfaces = (readTools: ReadTools): Surfaces => {
  const known = new Map<string, Content>();

  /** Content of a list of `permission|pattern` texts; built once for the same list. */
  const contentOf = (texts: readonly string[]): Content => {
    const content = texts.join('\n');
    const found = known.get(content);
    if (found !== undefined) return found;
    const permissions = sortedSurface(texts.flatMap(asHeld));
    const built = { surface_hash: surfaceHash(permissions), permissions };
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(content, built);
    return built;
  };

  return {
    tools: (reader, bytes) => {
      const names = offeredTools(reader, bytes, readTools);
      if (names === null || names.length === 0) return null;
      return {
        kind: 'tool_list',
        source: 'tool_list',
        source_ref: null,
        part: 1,
        parts: 1,
        ...contentOf(names.map((name) => `tool:${name}|*`)),
      };
    },
    snapshot: (reader) => {
      const texts = reader.list('surface_permissions');
      if (texts === null) return null;
      const parts = reader.int('surface_parts') ?? 1;
      const part = reader.int('surface_part') ?? 1;
      if (parts < 1 || parts > MAX_PARTS || part < 1 || part > parts) return null;
      const content = contentOf(texts);
      // An empty list says that nothing is held; one of which nothing can be read says nothing.
      if (texts.length > 0 && content.permissions.length === 0) return null;
      const source = reader.text('surface_source') ?? 'config';
      return { kind: 'snapshot', source, source_ref: null, part, parts, ...content };
    },
    token: ({ event, scopes, issuer, fingerprint }) => {
      if (event === 'revoked' || scopes === null || scopes.length === 0) return null;
      return {
        kind: 'token',
        source: issuer ?? 'token',
        source_ref: fingerprint,
        part: 1,
        parts: 1,
        ...contentOf(scopes.map((scope) => `oauth:${scope}|*`)),
      };
    },
  };
};

/** `permission|resource pattern`; a permission holds no bar, a pattern may. */
const asHeld = (text: string): HeldPermission[] => {
  const bar = text.indexOf('|');
  const permission = (bar < 0 ? text : text.slice(0, bar)).trim().slice(0, MAX_NAME);
  const pattern =
    bar < 0
      ? ''
      : text
          .slice(bar + 1)
          .trim()
          .slice(0, MAX_NAME);
  return permission === '' ? [] : [{ permission, resource_pattern: pattern || '*' }];
};

/** Null where no tools are told, or some that cannot be read: unknown is not none. */
const offeredTools = (reader: Reader, bytes: Buffer, readTools: ReadTools): string[] | null => {
  for (const field of ['tool_definitions', 'tool_schema'] as const) {
    if (!reader.has(field)) continue;
    const slices = reader.slices(field);
    const names: string[] = [];
    for (let i = 0; i < slices.length; i += 2) {
      const found = readTools(bytes, slices[i] as number, slices[i + 1] as number);
      if (found === null) return null;
      names.push(...found);
    }
    return names;
  }
  if (!reader.has('tool_function')) return null;
  const slices = reader.slices('tool_function');
  return slices.flatMap((offset, i) =>
    i % 2 === 0 ? [bytes.toString('utf8', offset, offset + (slices[i + 1] as number))] : [],
  );
};
