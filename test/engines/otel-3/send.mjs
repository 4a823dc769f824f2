// Sends tool spans through the real SDK and exporter of line 3.
// Usage: node send.mjs <url of the server or of its gRPC port> <json|proto|grpc> <number of tool spans> <agent>
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const [url, encoding, spans, agent] = process.argv.slice(2);
const EXPORTERS = { json: JsonExporter, proto: ProtoExporter, grpc: GrpcExporter };
const path = encoding === 'grpc' ? '' : '/v1/traces';
const exporter = new EXPORTERS[encoding]({ url: `${url}${path}`, compression: 'gzip' });
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': agent }),
  spanProcessors: [
    new BatchSpanProcessor({ exporter, maxQueueSize: 100_000, maxExportBatchSize: 512 }),
  ],
});
const tracer = provider.getTracer('footprint-engine');

let failed = 0;
const send = exporter.export.bind(exporter);
exporter.export = (batch, done) =>
  send(batch, (result) => {
    if (result.code !== 0) failed += batch.length;
    done(result);
  });

const root = tracer.startSpan(`invoke_agent ${agent}`, {
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent },
});
const within = trace.setSpan(ROOT_CONTEXT, root);
for (let index = 0; index < Number(spans); index += 1) {
  const span = tracer.startSpan(
    `execute_tool tool_${index % 3}`,
    {
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': `tool_${index % 3}`,
        'gen_ai.tool.call.id': `call-${index}`,
      },
    },
    within,
  );
  span.setStatus({ code: SpanStatusCode.OK });
  span.end();
}
root.end();
await provider.forceFlush();
await provider.shutdown();
process.stdout.write(`${JSON.stringify({ sent: Number(spans) + 1, failed })}\n`);
process.exitCode = failed === 0 ? 0 : 1;
