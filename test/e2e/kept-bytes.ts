// All bytes that a server keeps in its data folder, compressed ones opened as well.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });

/** Everything that starts like a compressed stream, as it reads when opened. */
const opened = (bytes: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  for (const [magic, open] of [
    [ZSTD_MAGIC, zstdDecompressSync],
    [GZIP_MAGIC, gunzipSync],
  ] as const)
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
      try {
        found.push(open(bytes.subarray(at)));
      } catch {
        // Not the start of a stream, or one with another record behind it: cut at the next start.
        const next = bytes.indexOf(magic, at + 1);
        for (let end = next > 0 ? next : bytes.length; end > at + 10; end -= 1)
          try {
            found.push(open(bytes.subarray(at, end)));
            break;
          } catch {
            if (end < (next > 0 ? next : bytes.length) - 512) break;
          }
      }
    }
  return found;
};

/** The bytes of every file below a folder, and of every compressed stream in them. */
export const bytesBelow = (folder: string): Buffer[] =>
  filesOf(folder).flatMap((file) => {
    const bytes = readFileSync(file);
    return [bytes, ...opened(bytes)];
  });
