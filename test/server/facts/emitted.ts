// Attributes of spans as the named packages send them, and what each must be taken for.
import type { SpanRow } from '../../facts-rows.ts';

type Value = string | number | boolean | readonly string[];

export interface Emitted {
  emitter: string;
  name: string;
  scope?: string;
  is: Record<string, Value>;
  expect: Partial<SpanRow> & { offered?: readonly string[] };
}

const SDK6 = {
  'operation.name': 'ai.generateText helper',
  'resource.name': 'helper',
  'ai.telemetry.functionId': 'helper',
};

export const EMITTED: readonly Emitted[] = [
  {
    emitter: 'ai 6.0.326',
    name: 'ai.generateText',
    is: { ...SDK6, 'ai.operationId': 'ai.generateText', 'ai.model.id': 'mock' },
    expect: { fact: 'agent', dialect: 'ai_sdk', agent: 'helper', permission: null },
  },
  {
    emitter: 'ai 6.0.326',
    name: 'ai.generateText.doGenerate',
    is: {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.telemetry.functionId': 'helper',
      'gen_ai.system': 'mock',
      'ai.prompt.tools': [
        '{"type":"function","name":"sendMail","inputSchema":{"type":"object"}}',
        '{"type":"provider","name":"web","id":"openai.web_search","args":{}}',
      ],
    },
    expect: { fact: 'model', dialect: 'ai_sdk', offered: ['tool:sendMail', 'tool:web'] },
  },
  {
    emitter: 'ai 6.0.326',
    name: 'ai.toolCall',
    is: {
      ...SDK6,
      'ai.operationId': 'ai.toolCall',
      'ai.toolCall.name': 'readCal',
      'ai.toolCall.id': 'c1',
      'ai.toolCall.args': '{"d":"x"}',
      'ai.telemetry.metadata.task_id': 't1',
    },
    expect: {
      fact: 'action',
      dialect: 'ai_sdk',
      agent: 'helper',
      tool: 'readCal',
      tool_call_id: 'c1',
      permission: 'tool:readCal',
      task_id: 't1',
    },
  },
  {
    emitter: '@ai-sdk/otel 1.0.173',
    name: 'invoke_agent helper',
    scope: 'gen_ai',
    is: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'mock',
      'gen_ai.agent.name': 'helper',
    },
    expect: { fact: 'agent', dialect: 'gen_ai', agent: 'helper' },
  },
  {
    emitter: '@ai-sdk/otel 1.0.173',
    name: 'chat mock',
    is: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'mock',
      'gen_ai.tool.definitions':
        '[{"type":"function","name":"read"},{"type":"function","name":"write"}]',
    },
    expect: { fact: 'model', dialect: 'gen_ai', offered: ['tool:read', 'tool:write'] },
  },
  {
    emitter: '@ai-sdk/otel 1.0.173',
    name: 'execute_tool read',
    is: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read',
      'gen_ai.tool.call.id': 'c1',
      'gen_ai.tool.type': 'function',
    },
    expect: {
      fact: 'action',
      dialect: 'gen_ai',
      agent: null,
      tool: 'read',
      permission: 'tool:read',
    },
  },
  {
    emitter: '@ai-sdk/otel 1.0.173',
    name: 'step 1',
    is: { 'gen_ai.operation.name': 'agent_step' },
    expect: { fact: 'other', dialect: 'gen_ai' },
  },
  {
    emitter: 'semantic-conventions-genai 0.1.0',
    name: 'tools/call read_file',
    is: {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read_file',
      'mcp.session.id': 'm1',
      'network.transport': 'pipe',
    },
    expect: {
      fact: 'action',
      dialect: 'mcp',
      tool: 'read_file',
      permission: 'tool:read_file',
      session: null,
    },
  },
  {
    emitter: 'semantic-conventions-genai 0.1.0',
    name: 'tools/list',
    is: { 'mcp.method.name': 'tools/list' },
    expect: { fact: 'other', dialect: 'mcp', permission: null },
  },
  {
    emitter: 'semantic-conventions 1.36',
    name: 'execute_tool lookup',
    is: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.system': 'openai' },
    expect: { fact: 'action', tool: 'lookup', permission: 'tool:lookup' },
  },
  {
    emitter: 'openinference-instrumentation-langchain',
    name: 'read_cal',
    is: {
      'openinference.span.kind': 'TOOL',
      'tool.name': 'read_cal',
      'session.id': 's',
      'input.value': '{}',
    },
    expect: { fact: 'action', dialect: 'openinference', tool: 'read_cal', session: 's' },
  },
  {
    emitter: 'openinference-instrumentation-openai',
    name: 'ChatCompletion',
    is: {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'm',
      'llm.tools.0.tool.json_schema':
        '{"type":"function","function":{"name":"send","parameters":{}}}',
      'llm.tools.1.tool.json_schema': '{"name":"read","input_schema":{"type":"object"}}',
    },
    expect: { fact: 'model', dialect: 'openinference', offered: ['tool:read', 'tool:send'] },
  },
  {
    emitter: 'openinference-instrumentation-openai-agents',
    name: 'Triage',
    is: { 'openinference.span.kind': 'AGENT', 'agent.name': 'triage' },
    expect: { fact: 'agent', dialect: 'openinference', agent: 'triage' },
  },
  {
    emitter: '@traceloop/node-server-sdk 0.27.0',
    name: 'book.tool',
    is: {
      'traceloop.span.kind': 'tool',
      'traceloop.entity.name': 'book',
      'traceloop.association.properties.session_id': 's9',
      'traceloop.workflow.name': 'trip',
    },
    expect: { fact: 'action', dialect: 'openllmetry', tool: 'book', session: 's9', agent: null },
  },
  {
    emitter: '@traceloop/node-server-sdk 0.27.0',
    name: 'planner.agent',
    is: {
      'traceloop.span.kind': 'agent',
      'traceloop.entity.name': 'planner',
      'traceloop.entity.version': '2',
    },
    expect: { fact: 'agent', dialect: 'openllmetry', agent: 'planner', agent_version: '2' },
  },
  {
    emitter: '@traceloop/node-server-sdk 0.27.0',
    name: 'openai.chat',
    is: {
      'llm.request.type': 'chat',
      'llm.request.functions.0.name': 'b',
      'llm.request.functions.1.name': 'a',
    },
    expect: { fact: 'model', dialect: 'openllmetry', offered: ['tool:a', 'tool:b'] },
  },
  {
    emitter: '@langfuse/otel 5',
    name: 'search',
    is: { 'langfuse.observation.type': 'tool', 'langfuse.session.id': 'l1' },
    expect: { fact: 'action', dialect: 'other', tool: 'search', session: 'l1' },
  },
  {
    emitter: '@footprint/collector',
    name: 'invoke_agent deploy',
    scope: '@footprint/collector',
    is: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'deploy',
      'footprint.schema': 1,
      'footprint.session.id': 's',
      'gen_ai.conversation.id': 'c',
      'footprint.agent.identity.id': 'spiffe://x/y',
      'footprint.producer.id': 'p',
      'footprint.producer.seq': 3,
    },
    expect: {
      fact: 'agent',
      dialect: 'footprint',
      agent: 'deploy',
      session: 's',
      agent_identity: 'spiffe://x/y',
      producer_id: 'p',
      producer_seq: 3,
    },
  },
  {
    emitter: 'agent-governance-toolkit, evaluation',
    name: 'agt.policy.evaluate',
    is: {
      'agt.agent.id': 'did:agentmesh:desk',
      'agt.policy.stage': 'pre_tool',
      'agt.policy.action': 'deny',
      'agt.policy.rule': 'block-pii-export',
      'agt.policy.name': 'org-baseline',
    },
    expect: {
      fact: 'decision',
      dialect: 'other',
      agent: null,
      agent_identity: 'did:agentmesh:desk',
    },
  },
  {
    emitter: 'agent-governance-toolkit, another span',
    name: 'agt.trust.verify',
    is: { 'agt.agent.id': 'did:agentmesh:desk', 'agt.trust.score': 0.85 },
    expect: { fact: 'other', permission: null },
  },
  {
    emitter: 'OpenFGA 1.22.1',
    name: 'Check',
    is: {
      store_id: '01JZ',
      object: 'document:d-1',
      relation: 'reader',
      user: 'agent:desk',
      allowed: true,
    },
    expect: {
      fact: 'decision',
      agent: 'desk',
      permission: 'document:reader',
      resource_type: 'document',
      resource_id: 'd-1',
    },
  },
  {
    emitter: 'OpenFGA 1.22.1, a step inside',
    name: 'checkDirectUserTuple',
    is: { object: 'document:d-1', relation: 'reader', user: 'agent:desk', allowed: true },
    expect: { fact: 'other', permission: null, agent: null, user_id: null },
  },
  {
    emitter: 'somebody’s span of the same name',
    name: 'Check',
    is: { user: 'ada', object: 'x' },
    expect: { fact: 'other', permission: null },
  },
  {
    emitter: 'Keycloak 26, the token endpoint',
    name: 'POST /realms/{realm}/protocol/openid-connect/token',
    is: {
      'kc.clientId': 'desk',
      'kc.userId': 'ada',
      'kc.token.id': 'fp_0123456789abcdef0123456789abcdef*',
      'kc.token.issuer': 'https://sso.example/realms/a',
    },
    expect: {
      fact: 'other',
      agent_identity: 'desk',
      user_id: 'p-ada',
      fingerprint: 'fp_0123456789abcdef0123456789abcdef',
    },
  },
];
