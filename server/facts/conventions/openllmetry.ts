// OpenLLMetry, as Traceloop's SDKs write it.
import type { Convention } from './convention.ts';

/** `traceloop.entity.name` is the agent on agent and workflow spans and the tool on tool spans. */
export const openllmetry: Convention = {
  dialect: 'openllmetry',
  version: '@traceloop/ai-semantic-conventions 0.27.0',
  keys: {
    'traceloop.span.kind': ['traceloop_kind', 90],
    'traceloop.entity.name': ['entity_name', 90],
    'traceloop.entity.version': ['entity_version', 90],
    'traceloop.association.properties.session_id': ['session', 50],
    'traceloop.association.properties.user_id': ['user', 50],
    'llm.request.type': ['request_type', 90],
    'llm.request.functions.*.name': ['tool_function', 50],
  },
  derive: (told) => {
    switch (told.text('traceloop_kind')) {
      case 'tool':
        return { fact: 'action', tool: told.text('entity_name') };
      case 'agent':
      case 'workflow':
        return {
          fact: 'agent',
          agent: told.text('entity_name'),
          agent_version: told.text('entity_version'),
        };
      default: {
        const type = told.text('request_type');
        return type === 'chat' || type === 'completion' ? { fact: 'model' } : null;
      }
    }
  },
};
