// The door of @footprint/collector: records decisions, approvals, uses, token lives and temporary resources as spans.
export { approval } from './approval.ts';
export { authorize } from './authorize.ts';
export { credential } from './credential.ts';
export { fingerprint } from './fingerprint.ts';
export { processor } from './processor.ts';
export type { FootprintProcessor } from './processor.ts';
export { resource } from './resource.ts';
export { surface } from './surface.ts';
export { task } from './task.ts';
export { tool } from './tool.ts';
export type * from './types.ts';
