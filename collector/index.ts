// The door of @footprint/collector: records authorization decisions, tool uses and token lives as OpenTelemetry spans.
export { authorize } from './authorize.ts';
export { credential } from './credential.ts';
export { fingerprint } from './fingerprint.ts';
export { processor } from './processor.ts';
export type { FootprintProcessor } from './processor.ts';
export { surface } from './surface.ts';
export { task } from './task.ts';
export { tool } from './tool.ts';
export type * from './types.ts';
