// stub
import type { Edit, Plan, PolicyFile } from './types.ts';
export const editMcp = (_plan: Plan, _present: PolicyFile): Edit => ({ refused: 'stub' });
