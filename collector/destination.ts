// Where spans go, and how, by the standard OTEL_EXPORTER_OTLP_* variables (OpenTelemetry specification 1.60, "Exporter").
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { numberFrom } from './environment.ts';
import { guard, report } from './guard.ts';
import { textField } from './read.ts';

/** The specification's own defaults. */
const DEFAULT_URL = 'http://localhost:4318/v1/traces';
const TIMEOUT_MS = 10_000;
/** The default of OTEL_BSP_EXPORT_TIMEOUT: how long the queue waits for one export. */
const MOST_TIMEOUT_MS = 30_000;

/** A receiver of OTLP over HTTP. */
export interface Destination {
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** How long one request may take. */
  timeoutMs: number;
  gzip: boolean;
  /** PEM, as Node's TLS takes it; nothing where the variables name no file. */
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/** A variable of the traces' own, else that of all signals; an empty one is none. */
const told = (name: string): string | undefined =>
  [process.env[`OTEL_EXPORTER_OTLP_TRACES_${name}`], process.env[`OTEL_EXPORTER_OTLP_${name}`]]
    .map((value) => value?.trim())
    .find((value) => value !== undefined && value !== '');

const addressOf = (text: string): URL | undefined => {
  const url = guard('reading an endpoint', () => new URL(text), undefined);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  if (url !== undefined) report('an endpoint is neither http nor https');
  return undefined;
};

/** The endpoint of all signals is a base; that of traces is the whole address. */
const urlOf = (options: { endpoint?: string }): URL => {
  const below = (base: string): URL | undefined =>
    addressOf(`${base.replace(/\/+$/, '')}/v1/traces`);
  const own = textField(options, 'endpoint');
  const traces = process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const base = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const found =
    (own === undefined ? undefined : below(own)) ??
    (traces === undefined || traces === '' ? undefined : addressOf(traces)) ??
    (base === undefined || base === '' ? undefined : below(base));
  return found ?? new URL(DEFAULT_URL);
};

/** `key=value` pairs, percent-decoded. A pair that no request could carry is left out; its value is told to nobody. */
const headersFrom = (pairs: string | undefined): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const pair of (pairs ?? '').split(',')) {
    const cut = pair.indexOf('=');
    if (cut <= 0) continue;
    const name = pair.slice(0, cut).trim().toLowerCase();
    try {
      const value = decodeURIComponent(pair.slice(cut + 1).trim());
      validateHeaderName(name);
      validateHeaderValue(name, value);
      headers[name] = value;
    } catch {
      report('a header of OTEL_EXPORTER_OTLP_HEADERS cannot be sent');
    }
  }
  return headers;
};

const timeoutOf = (): number =>
  Math.min(
    numberFrom('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') ??
      numberFrom('OTEL_EXPORTER_OTLP_TIMEOUT') ??
      TIMEOUT_MS,
    numberFrom('OTEL_BSP_EXPORT_TIMEOUT') ?? MOST_TIMEOUT_MS,
  );

const fileFrom = (name: string): Buffer | undefined => {
  const path = told(name);
  if (path === undefined) return undefined;
  return guard(
    `reading the file of OTEL_EXPORTER_OTLP_${name}`,
    () => readFileSync(path),
    undefined,
  );
};

/** What the options and the environment say; what of them cannot be used is told through diag and left out. */
export const destinationFrom = (options: { endpoint?: string }): Destination => {
  const tls = {
    ca: fileFrom('CERTIFICATE'),
    cert: fileFrom('CLIENT_CERTIFICATE'),
    key: fileFrom('CLIENT_KEY'),
  };
  return {
    url: urlOf(options),
    headers: {
      ...headersFrom(process.env['OTEL_EXPORTER_OTLP_HEADERS']),
      ...headersFrom(process.env['OTEL_EXPORTER_OTLP_TRACES_HEADERS']),
    },
    timeoutMs: timeoutOf(),
    gzip: told('COMPRESSION') === 'gzip',
    tls: Object.fromEntries(Object.entries(tls).filter(([, file]) => file !== undefined)),
  };
};

/**
 * The same as text, to tell receivers and keys apart: what one was meant to get is sent to no other. What was given
 * counts rather than what became of it, so that a spool stays found.
 */
export const namesOf = (options: { endpoint?: string }): string[] =>
  [
    textField(options, 'endpoint'),
    process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'],
    process.env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'],
    process.env['OTEL_EXPORTER_OTLP_HEADERS'],
  ].map((value) => value ?? '');
