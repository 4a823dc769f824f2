// What the standard OTEL_* variables say of this process and of its queue.
import type { Attributes } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { guard } from './guard.ts';
import { textField } from './read.ts';
import { redactAttributes } from './redact.ts';

/** What the options of `start` may say of the process, before the environment does. */
interface Named {
  agent?: string;
  service?: string;
  environment?: string;
}

/** Limits of the queue of spans. */
interface QueueLimits {
  delayMs?: number;
  maxQueueSpans?: number;
  maxBatchSpans?: number;
}

/** A number over 0; undefined where the variable says none. */
export const numberFrom = (name: string): number | undefined => {
  const value = Number(process.env[name] ?? '');
  return Number.isFinite(value) && value > 0 ? value : undefined;
};

/** OTEL_BSP_*: what of them is set. */
export const queueLimits = (): QueueLimits => {
  const told = {
    delayMs: numberFrom('OTEL_BSP_SCHEDULE_DELAY'),
    maxQueueSpans: numberFrom('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxBatchSpans: numberFrom('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
};

/** `key=value` pairs of OTEL_RESOURCE_ATTRIBUTES, percent-decoded; a pair that cannot be read is left out. */
const resourceFromEnvironment = (): Attributes => {
  const attributes: Attributes = {};
  for (const pair of (process.env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',')) {
    const cut = pair.indexOf('=');
    if (cut <= 0) continue;
    const value = guard(
      'reading OTEL_RESOURCE_ATTRIBUTES',
      () => decodeURIComponent(pair.slice(cut + 1).trim()),
      '',
    );
    if (value !== '') attributes[pair.slice(0, cut).trim()] = value;
  }
  return attributes;
};

/** The SDK's own detectors would tell the process's command line, which can hold a secret; these do not. */
export const resourceOf = (options: Named): Attributes => {
  const fromEnvironment = resourceFromEnvironment();
  const service =
    textField(options, 'service') ??
    process.env['OTEL_SERVICE_NAME'] ??
    textField(options, 'agent');
  const environment = textField(options, 'environment');
  return redactAttributes({
    'service.instance.id': randomUUID(),
    ...fromEnvironment,
    ...(service === undefined ? {} : { 'service.name': service }),
    ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
  });
};
