// JSON: everything as it was told, for tools of one's own.
import { jsonText } from './say.ts';
import type { Format, Plan, Written } from './types.ts';

const write = (plan: Plan): Written => {
  const { agent, environment, made_at, held, changes, denied } = plan;
  const policy = { version: 1, agent, environment, made_at, held, changes, denied };
  return { files: [{ name: 'policy.json', text: jsonText(policy) }], notes: [] };
};

export const json: Format = { write };
