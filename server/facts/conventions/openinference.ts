// OpenInference, as the Arize and Phoenix instrumentations write it.
import type { Fact } from '../../model/words.ts';
import type { Convention } from './convention.ts';

const FACT_OF_KIND: Readonly<Record<string, Fact>> = {
  AGENT: 'agent',
  TOOL: 'action',
  LLM: 'model',
  EMBEDDING: 'model',
};

/** Tool spans are named by their tool where `tool.name` is not set. */
export const openinference: Convention = {
  dialect: 'openinference',
  version: '@arizeai/openinference-semantic-conventions 2.12.0',
  keys: {
    'openinference.span.kind': ['openinference_kind', 90],
    'agent.name': ['agent', 70],
    'tool.name': ['tool', 70],
    'tool.id': ['tool_call_id', 60],
    'tool_call.id': ['tool_call_id', 70],
    'llm.tools.*.tool.json_schema': ['tool_schema', 70],
    'llm.model_name': ['request_model', 70],
  },
  derive: (told) => {
    const kind = told.text('openinference_kind');
    const fact = kind === null ? undefined : FACT_OF_KIND[kind.toUpperCase()];
    if (fact === undefined) return null;
    return fact === 'action' ? { fact, tool: told.name } : { fact };
  },
};
