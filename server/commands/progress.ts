// Progress of long work: one redrawn line with rate and time left on a terminal, now and then a plain line elsewhere.
import type { Io } from './command.ts';

export interface Progress {
  /** Bytes done so far, and what else is worth saying. */
  at(done_bytes: number, note: string): void;
  end(): void;
}

/** Often enough to look alive, seldom enough not to cost. */
const DRAW_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;
const BAR_WIDTH = 24;

export const createProgress = (io: Io, label: string, total_bytes: number): Progress => {
  const began = io.now();
  let drawn = began;
  return {
    at(done_bytes, note) {
      const now = io.now();
      if (now - drawn < (io.tty ? DRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
      drawn = now;
      const line = progressLine({ label, done_bytes, total_bytes, elapsed_ms: now - began, note });
      io.err(io.tty ? `\r\x1b[2K${line}` : `${line}\n`);
    },
    end() {
      if (io.tty) io.err('\r\x1b[2K');
    },
  };
};

/** `label [####----] 40 %  12.0 of 30.0 MiB  3.1 MiB/s  6 s left  note` */
export const progressLine = ({
  label,
  done_bytes,
  total_bytes,
  elapsed_ms,
  note,
}: {
  label: string;
  done_bytes: number;
  total_bytes: number;
  elapsed_ms: number;
  note: string;
}): string => {
  const share = total_bytes === 0 ? 1 : Math.min(1, done_bytes / total_bytes);
  const filled = Math.round(share * BAR_WIDTH);
  const rate = elapsed_ms === 0 ? 0 : (done_bytes / elapsed_ms) * 1000;
  const left = rate === 0 ? '' : `  ${duration((total_bytes - done_bytes) / rate)} left`;
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_WIDTH - filled);
  const parts = [
    `${label} [${bar}] ${Math.floor(share * 100)} %`,
    `${mib(done_bytes)} of ${mib(total_bytes)} MiB`,
    `${mib(rate)} MiB/s${left}`,
    note,
  ];
  return parts.filter((part) => part !== '').join('  ');
};

export const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
