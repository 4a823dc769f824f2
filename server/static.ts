// The built dashboard: its files are listed once at start, and nothing outside that list is ever opened.
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface StaticFile {
  /** URL path, `/assets/index-B3kd9.js`. */
  path: string;
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** Null where compression saves nothing. */
  gzip: Uint8Array<ArrayBuffer> | null;
  etag: string;
  /** True where the name carries the content's hash, so that it never changes. */
  immutable: boolean;
}

/** Files by URL path. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** A dashboard has some tens of files; a folder with more is not ours to serve. */
const FILES_MAX = 500;
/** Smaller files travel in one packet anyway. */
const GZIP_FROM_BYTES = 1024;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^(text|image\/svg|application\/(json|manifest))/;
/** Vite puts eight characters of the content's hash before the extension. */
const HASHED_NAME = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const NAMED_PAGE = /^\/(agents|sessions|traces)\/[^/\\]+$/;
const compress = promisify(gzip);

/** All servable files of a folder, read into memory; empty where the folder is missing (nothing built yet). */
export const readStaticFiles = async (folder: string): Promise<StaticFiles> => {
  const names = await filesOf(folder);
  const files = await Promise.all(names.slice(0, FILES_MAX).map((name) => readOne(folder, name)));
  return new Map(files.map((file) => [file.path, file]));
};

/** True for paths that the single-page app draws itself, to which index.html is the answer. */
export const isPagePath = (path: string): boolean => {
  if (!/^\/[^/]/.test(path) && path !== '/') return false;
  // An agent or a session may be named with a slash; elsewhere an escaped one only hides a path.
  if (!NAMED_PAGE.test(path) && /%2f|%5c|\\|\/\//i.test(path)) return false;
  const first = path.split('/')[1] ?? '';
  return !['api', 'v1', 'assets', 'openapi.json', 'metrics', 'healthz', 'readyz'].includes(
    first.toLowerCase(),
  );
};

const filesOf = async (folder: string): Promise<string[]> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

const readOne = async (folder: string, name: string): Promise<StaticFile> => {
  const body = new Uint8Array(await readFile(name));
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  const packed =
    body.length >= GZIP_FROM_BYTES && COMPRESSIBLE.test(type)
      ? new Uint8Array(await compress(body))
      : null;
  const path = `/${relative(folder, name).split(sep).join('/')}`;
  return {
    path,
    type,
    body,
    gzip: packed,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: path.startsWith('/assets/') && HASHED_NAME.test(path),
  };
};
