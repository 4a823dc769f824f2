// Watches the free space of the data folder: ingest stops while there is still room to load, to settle and to read.
import { statfs } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { LogSink } from '../model/log.ts';

export interface DiskWatch {
  /** Why nothing more may be written; null while there is room. */
  refusal(): AppError | null;
  close(): void;
}

/** A full disk takes the engine's answers with it: a commit, a settle and a checkpoint fit below this. */
export const FREE_BYTES_MIN = 1024 * 1024 * 1024;
/** The same as a share of the disk, for what others write on it. */
export const FREE_SHARE_MIN = 0.05;
/** At full speed a second of ingest is some 100 MiB. */
const LOOK_EVERY_MS = 1000;

/** Looks at once and then every second. */
export const watchDisk = async ({
  folder,
  free_bytes_min,
  log,
}: {
  folder: string;
  free_bytes_min: number;
  log: LogSink;
}): Promise<DiskWatch> => {
  let refused: AppError | null = null;
  const look = async (): Promise<void> => {
    const { bavail, bsize, blocks } = await statfs(folder);
    const free_bytes = bavail * bsize;
    const due = Math.max(free_bytes_min, blocks * bsize * FREE_SHARE_MIN);
    if (free_bytes >= due) {
      if (refused !== null) log.info('there is room on the disk again', { free_bytes });
      refused = null;
      return;
    }
    if (refused === null) log.error('the disk is nearly full: nothing is taken', { free_bytes });
    refused = new AppError('disk_full', 'the disk of the data folder is nearly full', {
      free_bytes,
    });
  };
  await look();
  // A look that fails says nothing; what cannot be written is refused by the journal itself.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  timer.unref();
  return { refusal: () => refused, close: () => clearInterval(timer) };
};
