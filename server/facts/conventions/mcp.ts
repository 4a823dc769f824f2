// OpenTelemetry's conventions for the Model Context Protocol.
import { targetOf, type Convention } from './convention.ts';

const CALL = 'tools/call';

/** A `tools/call` is an action at the client and at the server; settling makes one use of the two. */
export const mcp: Convention = {
  dialect: 'mcp',
  version: 'semantic-conventions-genai 0.1.0',
  keys: {
    'mcp.method.name': ['mcp_method', 90],
    'mcp.tool.name': ['tool', 40],
    'mcp.resource.uri': ['resource_id', 40],
  },
  derive: (told) => {
    if (told.text('mcp_method') !== CALL) return null;
    return { fact: 'action', tool: targetOf(told.name, CALL) };
  },
};
