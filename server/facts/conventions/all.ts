// Every convention that is read, in the order in which they are asked what a span is.
import type { Convention } from './convention.ts';
import { agt } from './agt.ts';
import { aiSdk } from './ai_sdk.ts';
import { core } from './core.ts';
import { footprint } from './footprint.ts';
import { genAi } from './gen_ai.ts';
import { keycloak } from './keycloak.ts';
import { langfuse } from './langfuse.ts';
import { mcp } from './mcp.ts';
import { openfga } from './openfga.ts';
import { openinference } from './openinference.ts';
import { openllmetry } from './openllmetry.ts';

/** MCP before GenAI, since an MCP call carries `gen_ai.operation.name` too. At most 16, a bit each. */
export const CONVENTIONS: readonly Convention[] = [
  footprint,
  mcp,
  genAi,
  aiSdk,
  openinference,
  openllmetry,
  langfuse,
  openfga,
  agt,
  keycloak,
  core,
];
