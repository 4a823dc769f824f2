// The Vercel AI SDK's own names; its version 7 writes GenAI names and keeps these for what those lack.
import type { Fact } from '../../model/words.ts';
import type { Convention } from './convention.ts';

/** `ai.operationId` → fact. The outer span of a text call holds the whole loop of steps: it is the agent. */
const FACT_OF_OPERATION: Readonly<Record<string, Fact>> = {
  'ai.generateText': 'agent',
  'ai.streamText': 'agent',
  'ai.generateObject': 'agent',
  'ai.streamObject': 'agent',
  'ai.workflowAgent.stream': 'agent',
  'ai.generateText.doGenerate': 'model',
  'ai.streamText.doStream': 'model',
  'ai.generateObject.doGenerate': 'model',
  'ai.streamObject.doStream': 'model',
  'ai.toolCall': 'action',
};

/** `ai.decision.*` of this SDK is a classifier's answer and not an authorization: it is not read. */
export const aiSdk: Convention = {
  dialect: 'ai_sdk',
  version: 'ai 6.0.326 and @ai-sdk/otel 1.0.173 (ai 7)',
  keys: {
    'ai.operationId': ['operation_id', 90],
    'ai.telemetry.functionId': ['agent', 60],
    'resource.name': ['agent', 20],
    'ai.telemetry.metadata.sessionId': ['session', 40],
    'ai.telemetry.metadata.userId': ['user', 40],
    'ai.telemetry.metadata.task_id': ['task_id', 40],
    'ai.toolCall.name': ['tool', 60],
    'ai.toolCall.id': ['tool_call_id', 65],
    'ai.prompt.tools': ['tool_definitions', 60],
    'ai.model.id': ['request_model', 60],
    'ai.response.model': ['response_model', 60],
  },
  derive: (told) => {
    const operation = told.text('operation_id');
    const fact = operation === null ? undefined : FACT_OF_OPERATION[operation];
    return fact === undefined ? null : { fact };
  },
};
