// Cases of double spans and names: several spans of one call are one use, under one name.
import { agent, chat, decision, root, tool, used, USES, type Case } from './words.ts';
import type { Told } from './telemetry.ts';

const undecided = (permission: string, more = {}) => used(permission, { undecided: 1, ...more });

const mcpCall = (name: string): Told['is'] => ({
  'mcp.method.name': 'tools/call',
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
});

const sdkCall = (name: string, call: string): Told['is'] => ({
  'ai.operationId': 'ai.toolCall',
  'ai.toolCall.name': name,
  'ai.toolCall.id': call,
});

export const NAME_CASES: readonly Case[] = [
  {
    why: 'a tool, the MCP client below it and the MCP server below that are one use',
    requests: [
      [
        root,
        { id: 'a', in: 'r', from: 1, to: 9, is: tool('fs_read') },
        { id: 'h', in: 'a', name: 'HTTP POST', from: 2, to: 8, is: {} },
        { id: 'b', in: 'h', from: 3, to: 7, kind: 3, is: mcpCall('read') },
        { id: 'c', in: 'b', from: 4, to: 6, kind: 2, service: 'fs', is: mcpCall('read') },
      ],
    ],
    expect: { [USES]: [undecided('tool:fs_read')] },
  },
  {
    why: 'a tool that calls another tool is two uses',
    requests: [
      [
        root,
        { id: 'a', in: 'r', from: 1, to: 9, is: tool('run_code') },
        { id: 'b', in: 'a', from: 3, to: 7, is: mcpCall('read') },
        { id: 'c', in: 'r', from: 11, is: tool('read') },
      ],
    ],
    expect: {
      [USES]: [undecided('tool:read', { uses: 2, undecided: 2 }), undecided('tool:run_code')],
    },
  },
  {
    why: 'our span inside an AI SDK call is the same use, under the name in the tool list',
    requests: [
      [
        root,
        { id: 'm', in: 'r', from: 1, is: chat(['write_file', 'read_file']) },
        { id: 'a', in: 'r', from: 3, to: 9, is: sdkCall('write_file', 'c1') },
        { id: 'd', in: 'a', from: 4, to: 5, is: decision('allow', 'mcp.filesystem:write_file') },
        {
          id: 'b',
          in: 'a',
          from: 6,
          to: 8,
          is: tool('write_file', { 'footprint.permission': 'mcp.filesystem:write_file' }),
        },
      ],
    ],
    expect: { [USES]: [used('tool:write_file')] },
  },
  {
    why: 'it counts under the name of the MCP server too where a snapshot holds that name',
    requests: [
      [
        root,
        {
          id: 's',
          in: 'r',
          from: 0,
          name: 'surface_snapshot',
          is: { 'footprint.surface.permissions': ['mcp.filesystem:write_file'] },
        },
        { id: 'm', in: 'r', from: 1, is: chat(['write_file', 'read_file']) },
        { id: 'a', in: 'r', from: 3, to: 9, is: sdkCall('write_file', 'c1') },
        {
          id: 'b',
          in: 'a',
          from: 6,
          to: 8,
          is: tool('write_file', { 'footprint.permission': 'mcp.filesystem:write_file' }),
        },
      ],
    ],
    expect: { [USES]: [undecided('mcp.filesystem:write_file'), undecided('tool:write_file')] },
  },
  {
    why: 'the same holds with the AI SDK call inside, and calls that share an id are apart',
    requests: [
      [
        root,
        {
          id: 'a',
          in: 'r',
          from: 3,
          to: 9,
          is: tool('w', { 'footprint.permission': 'tool:w', 'gen_ai.tool.call.id': 'c1' }),
        },
        { id: 'b', in: 'a', from: 4, to: 8, is: sdkCall('w', 'c1') },
        { id: 'c', in: 'r', from: 13, to: 19, is: sdkCall('w', 'c1') },
      ],
    ],
    expect: { [USES]: [undecided('tool:w', { uses: 2, undecided: 2 })] },
  },
  {
    why: 'a permission told beside an offered tool counts too: neither may look unused',
    requests: [
      [
        root,
        { id: 'm', in: 'r', from: 1, is: chat(['lookup']) },
        { id: 'a', in: 'r', from: 3, is: tool('lookup', { 'footprint.permission': 'crm:read' }) },
      ],
    ],
    expect: { [USES]: [undecided('crm:read'), undecided('tool:lookup')] },
  },
  {
    why: 'without a tool list the told permission is the name',
    requests: [
      [
        root,
        { id: 'a', in: 'r', from: 3, is: tool('lookup', { 'footprint.permission': 'crm:read' }) },
      ],
    ],
    expect: { [USES]: [undecided('crm:read')] },
  },
  {
    why: 'scopes that a use or its decision required are used as well, a denied one uses none',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: decision('allow', 'tool:list', {
            'footprint.permission.required_scopes': ['cal.read'],
          }),
        },
        {
          id: 'a',
          in: 'r',
          from: 3,
          is: tool('list', { 'footprint.permission.required_scopes': ['cal.list'] }),
        },
        {
          id: 'e',
          in: 'r',
          from: 5,
          to: 6,
          is: decision('deny', 'tool:send', {
            'footprint.permission.required_scopes': ['mail.send'],
          }),
        },
      ],
    ],
    expect: {
      [USES]: [
        used('oauth:cal.list'),
        used('oauth:cal.read'),
        used('tool:list'),
        used('tool:send', { uses: 0, denials: 1 }),
      ],
    },
  },
  {
    why: 'a sub-agent acts for the agent around it, and for the one above that',
    requests: [
      [
        { id: 'r', to: 60, is: agent('boss', { 'session.id': 's1' }) },
        { id: 'h', in: 'r', from: 1, to: 50, is: tool('hand_over') },
        {
          id: 'x',
          in: 'h',
          from: 2,
          to: 40,
          is: agent('clerk', { 'footprint.agent.parent': 'boss' }),
        },
        { id: 'y', in: 'x', from: 3, to: 30, is: agent('helper') },
        { id: 'a', in: 'y', from: 4, is: tool('read') },
      ],
    ],
    expect: {
      [USES]: [
        undecided('tool:hand_over', { agent: 'boss' }),
        undecided('tool:read', { agent: 'boss', used_via: 'helper' }),
        undecided('tool:read', { agent: 'clerk', used_via: 'helper' }),
        undecided('tool:read', { agent: 'helper' }),
      ],
      'select distinct session from permission_uses': [{ session: 's1' }],
    },
  },
  {
    why: 'agents that name each other as parents do not go round for ever',
    requests: [
      [
        { id: 'x', to: 9, is: agent('a', { 'footprint.agent.parent': 'b' }) },
        { id: 'y', to: 9, is: agent('b', { 'footprint.agent.parent': 'a' }) },
        { id: 'z', in: 'x', from: 1, is: tool('t') },
      ],
    ],
    expect: {
      [USES]: [
        undecided('tool:t', { agent: 'a' }),
        undecided('tool:t', { agent: 'b', used_via: 'a' }),
      ],
    },
  },
];
