// stub
import type { Edit, Plan, PolicyFile } from './types.ts';
export const editCerbos = (_plan: Plan, _present: PolicyFile): Edit => ({ refused: 'stub' });
