// Watches the free space of the data folder: telemetry is refused before the disk is full, while questions go on.
import { statfs } from 'node:fs/promises';
import { AppError } from './errors.ts';
import type { Log } from './log.ts';

export interface DiskWatch {
  /** Null while there is room. */
  refusal(): AppError | null;
  close(): void;
}

export interface DiskSpace {
  free_bytes: number;
  /** Telemetry is refused below it. */
  needed_bytes: number;
}

/** A checkpoint and a commit of a row group fit in it, whatever the size of the disk … */
const FREE_BYTES_MIN = 1024 ** 3;
/** … and a file system gets slow when it is nearly full. */
const FREE_SHARE_MIN = 0.05;
/** At full speed some 50 MiB are written meanwhile. */
const LOOK_EVERY_MS = 2000;

/** Free space where the folder lies; null where the system does not tell. */
export const diskSpace = async (folder: string): Promise<DiskSpace | null> => {
  const disk = await statfs(folder).catch(() => null);
  if (disk === null) return null;
  return {
    free_bytes: disk.bavail * disk.bsize,
    needed_bytes: Math.max(FREE_BYTES_MIN, disk.blocks * disk.bsize * FREE_SHARE_MIN),
  };
};

export const watchDisk = async ({
  folder,
  log,
  space = diskSpace,
  look_every_ms = LOOK_EVERY_MS,
}: {
  folder: string;
  log: Log;
  space?: (folder: string) => Promise<DiskSpace | null>;
  look_every_ms?: number;
}): Promise<DiskWatch> => {
  let refused: AppError | null = null;
  const look = async (): Promise<void> => {
    const found = await space(folder);
    const low = found !== null && found.free_bytes < found.needed_bytes;
    if (low && refused === null)
      log.error('too little free disk; telemetry is refused', { ...found });
    if (!low && refused !== null) log.info('enough free disk again; telemetry is taken');
    refused = low ? new AppError('disk_full', 'too little free disk space', { ...found }) : null;
  };
  await look();
  const timer = setInterval(() => void look(), look_every_ms);
  timer.unref();
  return { refusal: () => refused, close: () => clearInterval(timer) };
};
