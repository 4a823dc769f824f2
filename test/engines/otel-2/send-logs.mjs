// Sends log records through the real SDK and exporters of line 2.
// Usage: node send-logs.mjs <url> <proto|grpc> <JSON of records: { eventName, attributes }>
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';

const [url, encoding, records] = process.argv.slice(2);
const exporter =
  encoding === 'grpc' ? new GrpcExporter({ url }) : new ProtoExporter({ url: `${url}/v1/logs` });
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'claude-code' }),
  processors: [new SimpleLogRecordProcessor({ exporter })],
});
const logger = provider.getLogger('com.anthropic.claude_code.events');
for (const record of JSON.parse(records)) logger.emit(record);
await provider.forceFlush();
await provider.shutdown();
