// Code to paste into agents, with this server's own address in it.

/** One way to connect: what it is for, and what to paste where. */
export interface Snippet {
  readonly id: string;
  readonly label: string;
  readonly blocks: readonly { readonly says: string; readonly code: string }[];
}

const environment = (origin: string): string => `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=my-agent
export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production`;

/** Every way, the most general first. */
export const snippets = (origin: string): readonly [Snippet, ...Snippet[]] => [
  {
    id: 'env',
    label: 'Any OpenTelemetry SDK',
    blocks: [
      {
        says: 'Agents that send GenAI, MCP, OpenInference, OpenLLMetry or AI SDK spans need only an address. In any language:',
        code: environment(origin),
      },
      {
        says: 'Tools that a framework offers its model are what the agent was granted. Where the SDK records them only on demand, ask for it:',
        code: 'export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true',
      },
    ],
  },
  {
    id: 'ai-sdk',
    label: 'Vercel AI SDK',
    blocks: [
      {
        says: 'Bring up an OpenTelemetry SDK once, before the agent:',
        code: `// npm i @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-http
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';

const sdk = new NodeSDK({
  serviceName: 'my-agent',
  traceExporter: new OTLPTraceExporter({ url: '${origin}/v1/traces' }),
});
sdk.start();`,
      },
      {
        says: 'Switch telemetry on in each call; its function id is the agent’s name:',
        code: `await generateText({
  model,
  tools,
  prompt,
  experimental_telemetry: { isEnabled: true, functionId: 'my-agent' },
});
await sdk.shutdown();   // before the process ends`,
      },
    ],
  },
  {
    id: 'python',
    label: 'Python',
    blocks: [
      {
        says: 'OpenInference (LangChain, LlamaIndex, CrewAI, OpenAI Agents and others):',
        code: `# pip install openinference-instrumentation-langchain opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource({"service.name": "my-agent"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter("${origin}/v1/traces")))
LangChainInstrumentor().instrument(tracer_provider=provider)`,
      },
      {
        says: 'OpenLLMetry:',
        code: `# pip install traceloop-sdk
from traceloop.sdk import Traceloop

Traceloop.init(app_name="my-agent", api_endpoint="${origin}")`,
      },
    ],
  },
  {
    id: 'collector',
    label: '@footprint/collector',
    blocks: [
      {
        says: 'Decisions, tokens and held surfaces, from a Node agent. It never throws into the agent, never blocks it, and keeps no secret:',
        code: `import { start } from '@footprint/collector/start';
import { authorize, credential, task, tool } from '@footprint/collector';

const telemetry = await start({
  agent: 'my-agent',
  environment: 'production',
  endpoint: '${origin}',
});

await task({ agent: 'my-agent', goal: 'refund' }, async () => {
  const token = credential.issued(secret, {        // only its fingerprint leaves the process
    type: 'oauth_access_token', scopes: granted, scopes_requested: asked, expires_in: 300,
  });
  const decision = await authorize(
    { permission: 'oauth:orders.read', credential: token },
    () => policy.check('orders.read'),             // your engine’s answer
  );
  if (decision.allowed) {
    await tool(
      { name: 'read_order', permission: 'oauth:orders.read', decision, credential: token },
      () => readOrder(7),
    );
  }
  credential.revoked(token);
});

await telemetry.shutdown();`,
      },
    ],
  },
  {
    id: 'grants',
    label: 'Grants',
    blocks: [
      {
        says: 'Roles, policies and OAuth clients grant what telemetry does not show. Tell it whole, again whenever it changes:',
        code: `curl -X PUT ${origin}/api/v1/agents/my-agent/grants \\
  -H 'content-type: application/json' \\
  -d '{
    "environment": "production",
    "source": "role buyer",
    "permissions": [
      { "permission": "oauth:orders.read" },
      { "permission": "oauth:orders.delete", "resource_pattern": "orders/eu/*" }
    ]
  }'`,
      },
      {
        says: 'Or from a file:',
        code: 'npm run footprint -- grants import json --agent my-agent --environment production grants.json',
      },
    ],
  },
  {
    id: 'beside',
    label: 'Beside what you have',
    blocks: [
      {
        says: 'An OpenTelemetry Collector: a second exporter, nothing else changes.',
        code: `exporters:
  otlphttp/footprint:
    endpoint: ${origin}
service:
  pipelines:
    traces:
      exporters: [otlphttp/existing, otlphttp/footprint]`,
      },
      {
        says: 'Langfuse, Datadog or another processor in the process: add a second one to the same provider.',
        code: `import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';

const sdk = new NodeSDK({
  spanProcessors: [
    new LangfuseSpanProcessor(),
    new BatchSpanProcessor(new OTLPTraceExporter({ url: '${origin}/v1/traces' })),
  ],
});`,
      },
    ],
  },
];
