// Brings up the OpenTelemetry SDK for an agent that runs none (`@footprint/collector/start`), or joins the one that runs.
import { context } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { batchProcessor } from './batch.ts';
import { destinationFrom, namesOf } from './destination.ts';
import { queueLimits, resourceOf } from './environment.ts';
import { guard, report } from './guard.ts';
import { isMismatch, registeredProvider, watchForMismatch } from './mismatch.ts';
import { stamping } from './processor.ts';
import { field, textField } from './read.ts';
import { senderTo } from './send.ts';
import type { Spool } from './spool.ts';
import { openSpool, spoolFolder } from './spool.ts';
import type { ProcessorOptions } from './types.ts';
import { viewOf } from './view.ts';
import { evidenceSampler } from './sampler.ts';

/** An agent's first second is its own; then, or at its end, what an earlier run could not send is sent. */
const RESUME_MS = 1000;

type ExportedSpan = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];

/** What `start` may be told; all else comes from the standard OTEL_* variables. */
export interface StartOptions extends ProcessorOptions {
  /** Record prompts, answers, tool arguments and results of other libraries too; off where it is not given. */
  content?: boolean;
  /** `service.name`; else OTEL_SERVICE_NAME, else the agent's name. */
  service?: string;
  /** `deployment.environment.name`; else what OTEL_RESOURCE_ATTRIBUTES says. */
  environment?: string;
  /**
   * A folder that keeps what could not be sent, for the next start; `false` keeps nothing. FOOTPRINT_SPOOL where it
   * is not given (`off` keeps nothing), else the user's folder for state.
   */
  spool?: string | false;
  /** The server's address, for example http://127.0.0.1:4318; else OTEL_EXPORTER_OTLP_ENDPOINT, else that. */
  endpoint?: string;
}

/** The running telemetry of this process. */
export interface Started {
  /** True where an SDK ran already, which keeps its own processors and exporter. */
  readonly joined: boolean;
  /** Sends what is waiting; waits no longer than a second and a half for an answer. Never rejects. */
  flush(): Promise<void>;
  /**
   * Makes one short attempt to send what is waiting, keeps in the spool what was not taken, and stops; call it before
   * `process.exit`, which can only keep. Never rejects.
   */
  shutdown(): Promise<void>;
}

const NOTHING: Started = {
  joined: false,
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

const spoolFor = (options: StartOptions): Spool | undefined => {
  if (field(options, 'spool') === false) return undefined;
  const folder =
    textField(options, 'spool') ?? guard('finding a folder', () => spoolFolder(), undefined);
  return folder === undefined ? undefined : openSpool(folder, namesOf(options));
};

const quietly = (what: string, work: () => Promise<unknown>): Promise<void> =>
  guard(what, work, Promise.resolve()).then(
    () => undefined,
    (fault: unknown) => report(what, fault),
  );

let atEnd: (() => void) | undefined;

/**
 * Sends the rest where the agent just ends. One listener, the newest, however often it is started; it goes after one
 * turn, so that it cannot keep the process alive.
 */
const callAtEnd = (work: () => Promise<void>): void => {
  if (atEnd !== undefined) process.off('beforeExit', atEnd);
  atEnd = () => void work();
  process.once('beforeExit', atEnd);
};

/** The SDK that runs already, where one does and this copy of the API can speak to it. */
const join = (): Started | undefined => {
  const registered = registeredProvider();
  if (registered === undefined) return undefined;
  if (isMismatch(registered)) {
    watchForMismatch();
    return NOTHING;
  }
  const call = (name: string) => (): Promise<unknown> => {
    const delegate: unknown =
      (registered as { getDelegate?(): unknown }).getDelegate?.() ?? registered;
    const flush = field(delegate, name);
    return typeof flush === 'function' ? Promise.resolve(flush.call(delegate)) : Promise.resolve();
  };
  const flush = (): Promise<void> => quietly('flushing', call('forceFlush'));
  callAtEnd(flush);
  return { joined: true, flush, shutdown: flush };
};

const bringUp = (options: StartOptions): Started => {
  const content = field(options, 'content') === true;
  const spool = spoolFor(options);
  const batch = batchProcessor<ExportedSpan>({
    sender: senderTo(destinationFrom(options)),
    encode: (spans) => JsonTraceSerializer.serializeRequest(spans),
    prepare: (span) => viewOf(span, { content }),
    spool,
    ...queueLimits(),
  });
  const attributes = resourceOf(options);
  const sdk = new NodeSDK({
    sampler: evidenceSampler(
      process.env['OTEL_TRACES_SAMPLER'],
      process.env['OTEL_TRACES_SAMPLER_ARG'],
    ),
    spanProcessors: [stamping(options, false), batch],
    resourceDetectors: [{ detect: () => ({ attributes }) }],
    // Footprint takes spans; metrics and logs go out only where the environment asks for them.
    ...(process.env['OTEL_LOGS_EXPORTER'] === undefined ? { logRecordProcessors: [] } : {}),
    ...(process.env['OTEL_METRICS_EXPORTER'] === undefined ? { metricReaders: [] } : {}),
  });
  sdk.start();
  const flush = (): Promise<void> => quietly('flushing', () => batch.forceFlush());
  const resuming = setTimeout(() => void batch.resume(), RESUME_MS);
  resuming.unref();
  callAtEnd(batch.end);
  process.once('exit', batch.exit);
  const shutdown = async (): Promise<void> => {
    clearTimeout(resuming);
    await quietly('stopping', () => sdk.shutdown());
    process.off('exit', batch.exit);
  };
  return { joined: false, flush, shutdown };
};

/**
 * Starts OpenTelemetry with Footprint's processor and the OTLP/HTTP exporter, by the standard OTEL_* variables,
 * or joins the SDK that runs already. Call it before anything that is to be recorded. Never throws: where it cannot
 * start, diag says why and the agent runs unrecorded.
 */
export const start = (options: StartOptions = {}): Started =>
  guard(
    'starting',
    () => {
      if (process.env['OTEL_SDK_DISABLED'] === 'true') return NOTHING;
      return context.with(context.active(), () => join() ?? bringUp(options));
    },
    NOTHING,
  );
