// Where the agent frameworks of the tests are installed, and an agent's spans sent to a real server.
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const FRAMEWORKS = fileURLToPath(new URL('../../engines/frameworks/', import.meta.url));

/** Whether a package of test/engines/frameworks is installed; says aloud where it is not. */
export const has = (name: string): boolean => {
  const there = existsSync(join(FRAMEWORKS, 'node_modules', name, 'package.json'));
  if (!there)
    process.stderr.write(`SKIPPED: ${name}, since test/engines/frameworks is not installed\n`);
  return there;
};

/** A module of that folder; its types are those that the caller names. */
export const load = async <T>(file: string): Promise<T> =>
  (await import(pathToFileURL(join(FRAMEWORKS, file)).href)) as T;

/** Sends ended spans over OTLP; rejects where the server does not take them. */
export const send = (url: string, spans: ReadableSpan[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
    exporter.export(spans, ({ code, error }) => {
      if (Number(code) === 0) resolve();
      else reject(error ?? new Error('the server did not take the spans'));
    });
  });
