// Langfuse's names, read where nothing newer is told.
import type { Fact } from '../../model/words.ts';
import type { Convention } from './convention.ts';

const FACT_OF_TYPE: Readonly<Record<string, Fact>> = {
  agent: 'agent',
  tool: 'action',
  generation: 'model',
};

/** Observations are named by what they observe: a tool observation by its tool. */
export const langfuse: Convention = {
  dialect: 'other',
  version: '@langfuse/otel 5',
  keys: {
    'langfuse.observation.type': ['langfuse_type', 90],
    'langfuse.session.id': ['session', 60],
    'langfuse.user.id': ['user', 60],
    'langfuse.observation.model.name': ['request_model', 40],
  },
  derive: (told) => {
    const type = told.text('langfuse_type');
    const fact = type === null ? undefined : FACT_OF_TYPE[type.toLowerCase()];
    if (fact === undefined) return null;
    if (fact === 'agent') return { fact, agent: told.name };
    return fact === 'action' ? { fact, tool: told.name } : { fact };
  },
};
