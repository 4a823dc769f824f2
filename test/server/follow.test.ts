// A log that is followed: cut and copied under the reader, torn at its end, with a line that is too long.
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFollower } from '../../server/commands/follow.ts';

let folder = '';
let log = '';
let follower: ReturnType<typeof createFollower>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-follow-'));
  log = join(folder, 'audit.log');
  follower = createFollower(log, `${log}.sent`);
});
afterEach(async () => {
  await follower.close();
  await rm(folder, { recursive: true });
});

/** All that is there now, taken; `line` stands for one that is too long. */
const take = async (follow = true): Promise<string[]> => {
  const told: string[] = [];
  for (;;) {
    const lines = await follower.next(follow);
    if (lines.too_long) told.push(`line ${lines.first_line} is too long`);
    else if (lines.bytes.length === 0) return told;
    else told.push(...lines.bytes.toString().trimEnd().split('\n'));
    await lines.taken();
  }
};
const again = async (): Promise<void> => {
  await follower.close();
  follower = createFollower(log, `${log}.sent`);
};

describe('a followed log', () => {
  it('that is copied and cut loses nothing, even where it grew past its old end', async () => {
    await writeFile(log, '{"a":1}\n');
    expect(await take()).toEqual(['{"a":1}']);
    await appendFile(log, '{"a":2}\n');
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, '{"b":1}\n{"b":2}\n{"b":3}\n');
    expect(await take()).toEqual(['{"a":2}', '{"b":1}', '{"b":2}', '{"b":3}']);
    await again();
    expect(await take()).toEqual([]);
  });

  it('that is torn at its end waits, and is not waited for where the file lost its name', async () => {
    await writeFile(log, '{"a":1}\n{"a":');
    expect(await take()).toEqual(['{"a":1}']);
    expect(await take(false)).toEqual([]);
    await appendFile(log, '2}\n{"torn":');
    expect(await take()).toEqual(['{"a":2}']);
    await rename(log, `${log}.1`);
    await writeFile(log, '{"b":1}\n');
    expect(await take()).toEqual([]);
    expect(await take()).toEqual(['{"torn":', '{"b":1}']);
  });

  it('names a line over 16 MiB by its number and goes on behind it', async () => {
    await writeFile(log, `{"a":1}\n{"b":"${'x'.repeat(17 * 1024 * 1024)}`);
    expect(await take()).toEqual(['{"a":1}']);
    await appendFile(log, '"}\n{"c":1}\n');
    expect(await take()).toEqual(['line 2 is too long', '{"c":1}']);
  });
});
