// Code to paste into agents, with this server's own address in it.

import { beside, languages } from './snippets-elsewhere.ts';

/** One way to connect: what it is for, and what to paste where. */
export interface Snippet {
  readonly id: string;
  readonly label: string;
  readonly blocks: readonly { readonly says: string; readonly code?: string }[];
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
        says: 'The tools that a framework offers its model are what the agent was granted; the tools that it called are what it used. Where an SDK keeps its offers to itself, tell what the agent holds under Grants.',
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
        says: 'AI SDK 7: register once, and name the agent in each call:',
        code: `// npm i @ai-sdk/otel
import { OpenTelemetry } from '@ai-sdk/otel';
import { generateText, registerTelemetry } from 'ai';

registerTelemetry(new OpenTelemetry());
await generateText({ model, tools, prompt, telemetry: { isEnabled: true, functionId: 'my-agent' } });
await sdk.shutdown();   // before the process ends`,
      },
      {
        says: 'AI SDK 5 and 6 need no package more:',
        code: `await generateText({
  model,
  tools,
  prompt,
  experimental_telemetry: { isEnabled: true, functionId: 'my-agent' },
});`,
      },
    ],
  },
  ...languages(environment(origin)),
  {
    id: 'collector',
    label: '@footprint/collector',
    blocks: [
      {
        says: 'Decisions, tokens and held surfaces, from a Node agent. It never throws into the agent, never blocks it, and keeps no secret:',
        code: `import { start } from '@footprint/collector/start';
import { authorize, credential, task, tool } from '@footprint/collector';

const telemetry = start({
  agent: 'my-agent',
  environment: 'production',
  endpoint: '${origin}',
});

await task({ agent: 'my-agent', goal: 'refund' }, async () => {
  // Only a fingerprint of the secret leaves the process.
  const token = credential.issued(secret, {
    type: 'oauth_access_token',
    scopes: granted,
    scopes_requested: asked,
    expires_in: 300,
  });
  const decision = await authorize(
    { permission: 'oauth:orders.read', credential: token },
    () => policy.check('orders.read'),   // your engine’s answer
  );
  if (decision.allowed) {
    await tool(
      {
        name: 'read_order',
        permission: 'oauth:orders.read',
        decision,
        credential: token,
      },
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
        code: `npm run footprint -- grants import json \\
  --agent my-agent --environment production grants.json`,
      },
    ],
  },
  ...beside(origin),
];
