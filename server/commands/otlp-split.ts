// One ResourceSpans that is too long for a request, as several.
import type { Piece } from './otlp-file.ts';

/** One that is longer is cut by its spans; a body may have four times as much. */
export const WHOLE_BYTES_MAX = 16 * 1024 * 1024;
/** What it is cut into, about. */
const SPLIT_BYTES = 4 * 1024 * 1024;

interface Scope {
  spans?: unknown[];
}
interface Resource {
  scopeSpans?: Scope[];
}

/** One long ResourceSpans as several with the same resource and scopes and some of the spans each. */
export const splitSpans = ({ bytes, line }: Piece, wrong: (what: string) => Error): Piece[] => {
  let resource: Resource;
  try {
    resource = JSON.parse(bytes.toString('utf8')) as Resource;
  } catch {
    throw wrong('a ResourceSpans is no JSON');
  }
  const scopes = resource.scopeSpans;
  if (!Array.isArray(scopes)) throw wrong('scopeSpans is no list');
  const count = scopes.reduce((sum, { spans }) => sum + (spans?.length ?? 0), 0);
  const each = Math.max(1, Math.floor((count * SPLIT_BYTES) / bytes.length));
  return scopes.flatMap((scope) => {
    const { spans = [] } = scope;
    return Array.from({ length: Math.ceil(spans.length / each) }, (_, i): Piece => {
      const some = { ...scope, spans: spans.slice(i * each, (i + 1) * each) };
      return { bytes: Buffer.from(JSON.stringify({ ...resource, scopeSpans: [some] })), line };
    });
  });
};
