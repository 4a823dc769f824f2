// /healthz, /readyz and /metrics: what an operator's tools ask.
import { Hono, type MiddlewareHandler } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import type { ApiEnv, ApiOptions } from './api/context.ts';
import type { Gauge, Metrics } from './metrics.ts';

const health = v.object({ status: v.picklist(['live', 'ready', 'not_ready']), reason: v.string() });

const described = (summary: string, failing: boolean): MiddlewareHandler => {
  const content = { 'application/json': { schema: resolver(health) } };
  return describeRoute({
    summary,
    responses: {
      200: { description: 'Yes', content },
      ...(failing ? { 503: { description: 'No, and why', content } } : {}),
    },
  });
};

export const operatorRoutes = ({
  api,
  metrics,
}: {
  api: Pick<ApiOptions, 'store' | 'pipeline'>;
  metrics: Metrics;
}) =>
  new Hono<ApiEnv>()
    .get('/healthz', described('The process answers', false), (c) =>
      c.json({ status: 'live', reason: '' }),
    )
    .get('/readyz', described('Telemetry can be taken and questions answered', true), async (c) => {
      const { writable, reason } = api.pipeline();
      const answers = await api.store.state().then(
        () => true,
        () => false,
      );
      c.header('cache-control', 'no-store');
      if (writable && answers) return c.json({ status: 'ready', reason: '' });
      return c.json({ status: 'not_ready', reason: writable ? 'the store is away' : reason }, 503);
    })
    .get(
      '/metrics',
      describeRoute({
        summary: 'Figures in the Prometheus text format',
        responses: {
          200: {
            description: 'Metrics',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      }),
      async (c) => {
        c.header('cache-control', 'no-store');
        c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
        return c.body(metrics.render(await gauges(api)));
      },
    );

const gauges = async (api: Pick<ApiOptions, 'store' | 'pipeline'>): Promise<Gauge[]> => {
  const state = await api.store.state().catch(() => null);
  const { waiting_spans, writable, journal_bytes } = api.pipeline();
  const figure = (type: Gauge['type'], name: string, help: string, value: number): Gauge => ({
    name: `footprint_${name}`,
    help,
    type,
    value,
  });
  return [
    figure('gauge', 'store_up', '1 where the store answers.', state === null ? 0 : 1),
    figure('gauge', 'writable', '1 where telemetry is taken.', writable ? 1 : 0),
    figure('gauge', 'waiting_spans', 'Spans acknowledged and not yet stored.', waiting_spans),
    figure(
      'counter',
      'journal_appended_bytes_total',
      'Bytes appended to the journal since the start.',
      journal_bytes,
    ),
    ...(state === null
      ? []
      : [
          figure('counter', 'spans_total', 'Spans stored.', state.spans),
          figure('counter', 'duplicate_spans_total', 'Spans sent again.', state.duplicates),
          figure(
            'counter',
            'conflicting_spans_total',
            'Spans sent again with other content.',
            state.conflicts,
          ),
          figure('counter', 'commits_total', 'Commits of the store.', state.commits),
        ]),
  ];
};
