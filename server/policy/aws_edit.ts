// stub
import type { Edit, Plan, PolicyFile } from './types.ts';
export const editAws = (_plan: Plan, _present: PolicyFile): Edit => ({ refused: 'stub' });
