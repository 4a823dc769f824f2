// The watch over free disk space: refuses below what is needed and takes again above it.
import { describe, expect, it } from 'vitest';
import { diskSpace, watchDisk, type DiskSpace } from '../../server/disk.ts';
import { quietLog } from './served.ts';

describe('the disk watch', () => {
  it('refuses while there is too little room and takes again when there is enough', async () => {
    let found: DiskSpace | null = { free_bytes: 10, needed_bytes: 11 };
    const watch = await watchDisk({
      folder: '/',
      log: quietLog,
      space: () => Promise.resolve(found),
      look_every_ms: 5,
    });
    try {
      expect(watch.refusal()).toMatchObject({ code: 'disk_full', status: 503 });
      found = { free_bytes: 11, needed_bytes: 11 };
      await expect.poll(() => watch.refusal()).toBe(null);
      found = null;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(watch.refusal()).toBe(null);
    } finally {
      watch.close();
    }
  });

  it('knows the space of a real folder and of none', async () => {
    const space = await diskSpace('/');
    expect(space?.needed_bytes).toBeGreaterThanOrEqual(1024 ** 3);
    expect(await diskSpace('/no/such/folder')).toBe(null);
  });
});
