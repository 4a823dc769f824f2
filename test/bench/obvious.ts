// The build that anyone would write first, as the measure: Hono, protobufjs, DuckDB's row appender, one commit a request.
import { serve } from '@hono/node-server';
import { DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import { Hono } from 'hono';
import { gunzipSync } from 'node:zlib';
import { requestType } from './payload.ts';

const COLUMNS = [
  'gen_ai.operation.name',
  'gen_ai.agent.name',
  'gen_ai.conversation.id',
  'gen_ai.tool.name',
  'gen_ai.tool.call.id',
  'footprint.permission',
  'footprint.decision.id',
  'footprint.decision.effect',
  'footprint.decision.reason',
  'footprint.policy.id',
  'footprint.credential.fingerprint',
  'user.id',
];

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}

const [, , file = ''] = process.argv;
const type = requestType();
const instance = await DuckDBInstance.create(file);
const connection = await instance.connect();
const columns = COLUMNS.map((name) => `"${name}" varchar`).join(', ');
await connection.run(
  `create table spans (trace_id varchar, span_id varchar, parent varchar, name varchar,
    started_at timestamp, ended_at timestamp, ${columns}, primary key (trace_id, span_id))`,
);
/** One request at a time: a connection holds one transaction. */
let turn: Promise<unknown> = Promise.resolve();
let stored = 0;

const store = async (body: Buffer): Promise<void> => {
  const options = { bytes: String, longs: String };
  const request = type.toObject(type.decode(body), options) as {
    resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
  };
  await connection.run('begin');
  const appender = await connection.createAppender('spans');
  for (const { scopeSpans } of request.resourceSpans)
    for (const { spans } of scopeSpans)
      for (const span of spans) {
        const values = new Map(span.attributes.map(({ key, value }) => [key, value.stringValue]));
        appender.appendVarchar(span.traceId);
        appender.appendVarchar(span.spanId);
        appender.appendVarchar(span.parentSpanId ?? '');
        appender.appendVarchar(span.name);
        appender.appendTimestamp(new DuckDBTimestampValue(BigInt(span.startTimeUnixNano) / 1000n));
        appender.appendTimestamp(new DuckDBTimestampValue(BigInt(span.endTimeUnixNano) / 1000n));
        for (const name of COLUMNS) {
          const value = values.get(name);
          if (value === undefined) appender.appendNull();
          else appender.appendVarchar(value);
        }
        appender.endRow();
        stored += 1;
      }
  appender.closeSync();
  await connection.run('commit');
};

const app = new Hono();
app.post('/v1/traces', async (c) => {
  const raw = Buffer.from(await c.req.arrayBuffer());
  const body = c.req.header('content-encoding') === 'gzip' ? gunzipSync(raw) : raw;
  const mine = turn.then(() => store(body));
  turn = mine.catch(() => undefined);
  await mine;
  return c.body(null, 200, { 'content-type': 'application/x-protobuf' });
});
app.get('/stored', (c) => c.json({ stored }));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.({ port }));
