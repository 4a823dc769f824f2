// A desk whose present policies are to lose what was not used, and a reader for what the output says.
import type { Change, Held, PolicyInput } from '../../../server/policy/types.ts';
import { NOW } from './cases.ts';

export const taken = (permission: string, resource_pattern = '*'): Change => ({
  permission,
  resource_pattern,
  recommendation: 'r-1',
  kind: 'remove_permission',
  evidence: 'no use in 412 sessions',
});

export const deskInput = (
  held: readonly (Held | string)[],
  changes: readonly (Change | string)[],
  known: string[] = [],
): PolicyInput => ({
  agent: 'desk',
  environment: 'production',
  made_at: NOW,
  held: held.map((one) =>
    typeof one === 'string' ? { permission: one, resource_pattern: '*' } : one,
  ),
  changes: changes.map((one) => (typeof one === 'string' ? taken(one) : one)),
  known,
});
