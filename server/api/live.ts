// /live: server-sent events, decisions as they arrive and counts of spans every second.
import { Hono, type MiddlewareHandler } from 'hono';
import { streamSSE } from 'hono/streaming';
import { describeRoute } from 'hono-openapi';
import { AppError } from '../errors.ts';
import type { ApiEnv } from './context.ts';
import type { LiveFeed } from './feed.ts';
import { describeParams, readParams } from './params.ts';

const TAKES = ['environment', 'agent'] as const;

const described: MiddlewareHandler = describeRoute({
  summary:
    'Events: `decisions` (a list of new decisions), `spans` (counts, every second), `heartbeat`',
  parameters: describeParams(TAKES),
  responses: {
    200: {
      description: 'A stream that lasts until the client leaves',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  },
});

export const liveRoutes = (feed: LiveFeed) =>
  new Hono<ApiEnv>().get('/live', described, (c) => {
    const values = readParams(c.req.url, TAKES);
    const client = feed.join({
      workspace: c.var.workspace,
      environment: typeof values.environment === 'string' ? values.environment : null,
      agents: Array.isArray(values.agent) ? values.agent.map(String) : null,
    });
    if (client === null) throw new AppError('overloaded', 'too many live clients');
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => client.leave());
      try {
        for (;;) {
          const event = await client.next();
          if (event === null || stream.aborted) return;
          await stream.writeSSE(event);
        }
      } finally {
        client.leave();
      }
    });
  });
