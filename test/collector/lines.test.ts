// The collector under OpenTelemetry's line 2: API 1.9 and SDK 2, in a process where nothing else is to be found.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINE_2 = `${ROOT}test/engines/otel-2/`;
const present = existsSync(`${LINE_2}node_modules`);
if (!present) process.stderr.write('SKIPPED: line 2, since test/engines/otel-2 is not installed\n');

/** Every import of OpenTelemetry is found in the folder of line 2, as in an agent that installed that line. */
const SCRIPT = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve: (name, context, next) =>
    next(name, name.startsWith('@opentelemetry/') ? { ...context, parentURL: '${pathToFileURL(LINE_2).href}' } : context),
});
const { context, trace } = await import('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
const { authorize, processor, task, tool } = await import('${pathToFileURL(ROOT).href}collector/index.ts');
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [processor(), new SimpleSpanProcessor(exporter)] }),
);
await task({ agent: 'desk', session: 's-1' }, async () => {
  await Promise.resolve();
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'read', 'http.request.header.authorization': 'Bearer abcdefgh12345678' };
  trace.getTracer('framework').startActiveSpan('execute_tool read', { attributes }, (span) => {
    const decision = authorize({ permission: 'tool:read' }, () => true);
    tool({ name: 'read', decision }, () => 1);
    span.end();
  });
});
console.log(JSON.stringify(exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }))));
`;

describe.skipIf(!present)('line 2', () => {
  it('records, stamps, numbers and redacts as line 3 does', () => {
    const done = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(done.stderr).toBe('');
    const spans = JSON.parse(done.stdout) as {
      name: string;
      attributes: Record<string, unknown>;
    }[];
    expect(spans.map(({ name }) => name)).toEqual([
      'authorize tool:read',
      'execute_tool read',
      'invoke_agent desk',
    ]);
    expect(spans.map(({ attributes }) => attributes['footprint.producer.seq'])).toEqual([1, 2, 3]);
    expect(spans[1]?.attributes).toMatchObject({
      'gen_ai.agent.name': 'desk',
      'footprint.session.id': 's-1',
      'footprint.permission': 'tool:read',
      'footprint.decision.id': spans[0]?.attributes['footprint.decision.id'],
      'http.request.header.authorization': expect.stringMatching(/^\[fp_[0-9a-f]{32}\]$/) as string,
    });
  });
});
