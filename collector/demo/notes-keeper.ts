// An agent without a line of Footprint code: AI SDK, two MCP servers, OpenTelemetry's own exporter.
import { OpenTelemetry } from '@ai-sdk/otel';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { generateText, isStepCount, jsonSchema, registerTelemetry, tool } from 'ai';
import { join } from 'node:path';
import { scriptedModel } from './model.ts';
import type { OfferedTool } from './note-servers.ts';
import { startServers } from './note-servers.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const AGENT = 'notes-keeper';
const MAX_STEPS = 12;

const sdk = new NodeSDK({
  serviceName: AGENT,
  traceExporter: new OTLPTraceExporter(),
  logRecordProcessors: [],
  metricReaders: [],
});
sdk.start();
registerTelemetry(new OpenTelemetry());

/** What the MCP server refused. The span says so by OpenTelemetry's `error.type`, as every agent may. */
const refuse = (text: string): never => {
  const denied = /access denied/i.test(text);
  trace.getActiveSpan()?.setAttribute('error.type', denied ? 'permission_denied' : 'tool_error');
  throw new Error(text);
};

const asTool = (offered: OfferedTool) =>
  tool({
    description: offered.description,
    inputSchema: jsonSchema<Record<string, unknown>>(offered.inputSchema),
    execute: async (input) => {
      const answer = await offered.call(input);
      const text = answer.content.map((part) => part.text ?? '').join('\n');
      return answer.isError === true ? refuse(text) : text;
    },
  });

const servers = await startServers();
const tools = Object.fromEntries(servers.tools.map((offered) => [offered.name, asTool(offered)]));
say(`${AGENT}: ${servers.tools.length} tools offered by two MCP servers`);

const calls = [
  { tool: 'list_directory', input: { path: servers.folder } },
  { tool: 'read_text_file', input: { path: join(servers.folder, 'monday.md') } },
  { tool: 'read_text_file', input: { path: join(servers.folder, 'tuesday.md') } },
  {
    tool: 'create_entities',
    input: {
      entities: [{ name: 'Ada', entityType: 'person', observations: ['joined the platform team'] }],
    },
  },
  { tool: 'search_nodes', input: { query: 'Ada' } },
  // Outside the one folder that the server may touch: the server refuses it.
  { tool: 'get_file_info', input: { path: '/etc/hostname' } },
];
const result = await generateText({
  model: scriptedModel(calls, 'The notes are filed.'),
  prompt: 'File the notes of this week.',
  tools,
  stopWhen: isStepCount(MAX_STEPS),
  telemetry: { isEnabled: true, functionId: AGENT },
});
const outcomes = result.steps.flatMap((step) => step.content);
const used = outcomes.filter((part) => part.type === 'tool-result').map((part) => part.toolName);
const refused = outcomes.filter((part) => part.type === 'tool-error').map((part) => part.toolName);
say(
  `${AGENT}: used ${[...new Set(used)].join(', ')}; refused by the server: ${refused.join(', ')}`,
);

await servers.close();
await sdk.shutdown();
