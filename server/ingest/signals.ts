// What is taken by OTLP: a line a signal, with its path over HTTP and its method over gRPC.
import type { BodyType } from '../model/submission.ts';
import type { Body, Receiver, Told } from './receiver.ts';
import type { Signal } from './status.ts';

export interface OtlpRoute {
  /** Of OTLP/HTTP. */
  path: string;
  /** Of OTLP/gRPC. */
  method: string;
  signal: Signal;
  /** Keeps what a body of at least one byte holds; resolves when it is durable. */
  take: (type: BodyType, body: Body) => Promise<Told>;
}

export const otlpRoutes = (receiver: Receiver): OtlpRoute[] => [
  {
    path: '/v1/traces',
    method: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    signal: 'spans',
    take: (type, body) => receiver.spans(type, body),
  },
  {
    path: '/v1/logs',
    method: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    signal: 'log records',
    take: (type, body) => receiver.logs(type, body),
  },
];

export const NOTHING_LEFT_OUT: Told = { rejected: 0, rejected_reason: '' };
