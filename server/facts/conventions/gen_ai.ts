// OpenTelemetry's GenAI conventions, new and old names.
import type { Fact } from '../../model/words.ts';
import { targetOf, type Convention } from './convention.ts';

/** `gen_ai.operation.name` → what the span tells of; other names are allowed there and mean nothing to us. */
const FACT_OF_OPERATION: Readonly<Record<string, Fact>> = {
  invoke_agent: 'agent',
  create_agent: 'agent',
  invoke_workflow: 'agent',
  execute_tool: 'action',
  chat: 'model',
  generate_content: 'model',
  text_completion: 'model',
  embeddings: 'model',
  fetch_response: 'model',
};

/** Names that left the core conventions at 1.42 and live in their own repository since, all in development. */
export const genAi: Convention = {
  dialect: 'gen_ai',
  version:
    'semantic-conventions-genai 0.1.0, and semantic-conventions 1.36 to 1.41 for the old names',
  keys: {
    'gen_ai.operation.name': ['operation', 90],
    'gen_ai.agent.name': ['agent', 90],
    'gen_ai.workflow.name': ['agent', 40],
    'gen_ai.agent.id': ['agent', 30],
    'gen_ai.agent.version': ['agent_version', 90],
    'gen_ai.conversation.id': ['session', 90],
    'gen_ai.tool.name': ['tool', 90],
    'gen_ai.tool.call.id': ['tool_call_id', 90],
    'gen_ai.tool.definitions': ['tool_definitions', 90],
    'gen_ai.request.model': ['request_model', 90],
    'gen_ai.response.model': ['response_model', 90],
  },
  derive: (told) => {
    const operation = told.text('operation');
    const fact = operation === null ? undefined : FACT_OF_OPERATION[operation];
    if (fact === undefined) return null;
    if (fact !== 'action') return { fact };
    return { fact, tool: targetOf(told.name, 'execute_tool') };
  },
};
