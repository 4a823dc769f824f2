// A real OpenTelemetry Collector on a free port of loopback, ended by its process id.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The address in the recipes on which the Collector receives. */
const RECEIVES = '127.0.0.1:4328';
const START_MS = 20_000;
/** Its own metrics would take a fixed port; its first lines must say that it is ready. */
const QUIET = 'service:\n  telemetry:\n    metrics:\n      level: none\n';

export interface Otelcol {
  url: string;
  /** Ends it in order, so that what it holds is sent, and waits for its end. */
  stop: () => Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createServer().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });

/** Runs `binary` with this configuration. Rejects with what it said where it does not get ready. */
export const startOtelcol = async (
  binary: string,
  config: string,
  folder: string,
): Promise<Otelcol> => {
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'collector.yaml');
  const quiet = join(folder, 'quiet.yaml');
  await writeFile(file, config.replaceAll(RECEIVES, address));
  await writeFile(quiet, QUIET);
  const child = spawn(binary, ['--config', `file:${file}`, '--config', `file:${quiet}`]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const fail = (): void => reject(new Error(`the Collector did not get ready:\n${said}`));
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      fail();
    }, START_MS);
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      if (!said.includes('Everything is ready')) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      clearTimeout(late);
      fail();
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url: `http://${address}`, stop };
};
