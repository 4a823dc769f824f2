// Cases of actions: what is a use, and what is not one.
import { decision, PAIRS, root, tool, used, USES, type Case } from './words.ts';

const shadow = (permission: string) =>
  decision('deny', permission, { 'footprint.decision.enforcement': 'shadow' });

export const ACTION_CASES: readonly Case[] = [
  {
    why: 'an action without a decision is an undecided use, a failed one is a use too',
    requests: [
      [
        root,
        { id: 'a', in: 'r', from: 1, is: tool('read') },
        { id: 'b', in: 'r', from: 3, is: tool('read') },
        { id: 'c', in: 'r', from: 5, error: true, is: tool('write', { 'error.type': 'Timeout' }) },
      ],
    ],
    expect: {
      [USES]: [
        used('tool:read', { uses: 2, undecided: 2 }),
        used('tool:write', { undecided: 1, failed: 1 }),
      ],
      'select agent, session_told, spans, actions, denials, errors from session_parts': [
        { agent: 'clerk', session_told: false, spans: 4, actions: 3, denials: 0, errors: 1 },
      ],
    },
  },
  {
    why: 'a denied decision and its denied action are one denial, no use and nothing executed',
    requests: [
      [
        root,
        { id: 'd', in: 'r', from: 1, to: 2, is: decision('deny', 'tool:drop') },
        { id: 'a', in: 'r', from: 3, is: tool('drop', { 'error.type': 'permission_denied' }) },
        { id: 'b', in: 'r', from: 6, is: tool('send', { 'http.response.status_code': 403 }) },
      ],
    ],
    expect: {
      [USES]: [
        used('tool:drop', { uses: 0, denials: 1 }),
        used('tool:send', { uses: 0, denials: 1 }),
      ],
      [PAIRS]: [{ decision_id: '0000000000000064', effect: 'deny', action: null }],
      'select actions, decisions, denials from session_parts': [
        { actions: 0, decisions: 1, denials: 2 },
      ],
    },
  },
  {
    why: 'a refused request inside of the tool that it failed is one denial, of what it wanted',
    requests: [
      [
        root,
        {
          id: 'a',
          in: 'r',
          from: 1,
          to: 5,
          is: tool('find', { 'http.response.status_code': 403 }),
        },
        { id: 'h', in: 'a', from: 2, to: 4, is: {} },
        { id: 'd', in: 'h', from: 3, is: decision('deny', 'oauth:rooms.read') },
      ],
    ],
    expect: {
      [USES]: [used('oauth:rooms.read', { uses: 0, denials: 1 })],
      'select actions, decisions, denials from session_parts': [
        { actions: 0, decisions: 1, denials: 1 },
      ],
    },
  },
  {
    why: 'a shadow decision leaves the action to the enforced one, whichever of them ended last',
    requests: [
      [
        root,
        { id: 's', in: 'r', from: 1, to: 1.0006, is: shadow('tool:read') },
        { id: 'd', in: 'r', from: 1, to: 1.0002, is: decision('allow', 'tool:read') },
        { id: 'a', in: 'r', from: 1.001, is: tool('read') },
        { id: 'e', in: 'r', from: 3, to: 3.1, is: decision('allow', 'tool:read') },
        { id: 't', in: 'r', from: 3.2, to: 3.3, is: shadow('tool:read') },
        { id: 'b', in: 'r', from: 4, is: tool('read') },
        { id: 'u', in: 'r', from: 6, to: 6.1, is: shadow('tool:read') },
        { id: 'c', in: 'r', from: 7, is: tool('read') },
      ],
    ],
    expect: {
      [PAIRS]: [
        { decision_id: '0000000000000064', effect: 'allow', action: 'a' },
        { decision_id: '0000000000000065', effect: 'allow', action: 'b' },
        { decision_id: '0000000000000073', effect: 'deny', action: null },
        { decision_id: '0000000000000074', effect: 'deny', action: null },
        { decision_id: '0000000000000075', effect: 'deny', action: 'c' },
      ],
    },
  },
  {
    why: 'a denied decision without an action is a denial',
    requests: [[root, { id: 'd', in: 'r', from: 1, is: decision('deny', 'crm:delete') }]],
    expect: {
      [USES]: [used('crm:delete', { uses: 0, denials: 1 })],
      [PAIRS]: [{ decision_id: '0000000000000064', effect: 'deny', action: null }],
    },
  },
  {
    why: 'a shadow decision never blocks: its action is a real use',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: decision('deny', 'tool:drop', { 'footprint.decision.enforcement': 'shadow' }),
        },
        { id: 'a', in: 'r', from: 3, is: tool('drop') },
      ],
    ],
    expect: { [USES]: [used('tool:drop')] },
  },
  {
    why: 'a decision and its action in one millisecond pair, though the action begins on the cut one',
    requests: [
      [
        root,
        { id: 'd', in: 'r', from: 1, to: 1.0006, is: decision('allow', 'tool:read') },
        { id: 'a', in: 'r', from: 1, to: 1.002, is: tool('read') },
        { id: 'e', in: 'r', from: 3, to: 3.001, is: decision('allow', 'tool:write') },
        { id: 'b', in: 'r', from: 3, to: 4, is: tool('write') },
      ],
    ],
    expect: { [USES]: [used('tool:read'), used('tool:write', { undecided: 1 })] },
  },
  {
    why: 'each action takes the nearest decision before it, and one decision serves one action',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: decision('deny', 'tool:drop', { 'footprint.decision.id': 'one' }),
        },
        {
          id: 'e',
          in: 'r',
          from: 3,
          to: 4,
          is: decision('allow', 'tool:drop', { 'footprint.decision.id': 'two' }),
        },
        { id: 'a', in: 'r', from: 5, is: tool('drop') },
        {
          id: 'f',
          in: 'r',
          from: 7,
          to: 8,
          is: decision('allow', 'tool:read', { 'footprint.decision.id': 'three' }),
        },
        { id: 'b', in: 'r', from: 9, is: tool('read') },
        { id: 'c', in: 'r', from: 11, is: tool('read') },
      ],
    ],
    expect: {
      [PAIRS]: [
        { decision_id: 'one', effect: 'deny', action: null },
        { decision_id: 'three', effect: 'allow', action: 'b' },
        { decision_id: 'two', effect: 'allow', action: 'a' },
      ],
      [USES]: [used('tool:drop', { denials: 1 }), used('tool:read', { uses: 2, undecided: 1 })],
    },
  },
  {
    why: 'a cached decision serves every call that it fits',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: decision('allow', 'tool:read', { 'footprint.decision.cached': true }),
        },
        { id: 'a', in: 'r', from: 3, is: tool('read') },
        { id: 'b', in: 'r', from: 5, is: tool('read') },
        { id: 'c', in: 'r', from: 7, is: tool('read') },
      ],
    ],
    expect: { [USES]: [used('tool:read', { uses: 3 })] },
  },
  {
    why: 'a decision is found by its id, then by the tool call, wherever it stands',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          is: decision('allow', 'crm:read', { 'footprint.decision.id': 'x' }),
        },
        {
          id: 's',
          in: 'r',
          name: 'step',
          from: 3,
          to: 9,
          is: { 'gen_ai.operation.name': 'agent_step' },
        },
        { id: 'a', in: 's', from: 4, is: tool('lookup', { 'footprint.decision.id': 'x' }) },
        {
          id: 'e',
          in: 'r',
          from: 5,
          is: decision('deny', 'tool:send', { 'gen_ai.tool.call.id': 'c1' }),
        },
        { id: 'b', in: 's', from: 6, to: 8, is: tool('send', { 'gen_ai.tool.call.id': 'c1' }) },
      ],
    ],
    expect: {
      [USES]: [used('crm:read'), used('tool:send', { uses: 0, denials: 1 })],
    },
  },
  {
    why: 'approval makes a use, its refusal a denial, silence neither',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: decision('require_approval', 'tool:pay', { 'footprint.decision.id': 'p' }),
        },
        {
          id: 'q',
          in: 'r',
          name: 'request_approval pay',
          from: 2,
          to: 5,
          is: {
            'footprint.schema': 1,
            'footprint.decision.id': 'p',
            'footprint.approval.outcome': 'approved',
            'footprint.approval.tier': 'single',
          },
        },
        { id: 'a', in: 'r', from: 6, is: tool('pay') },
        { id: 'e', in: 'r', from: 10, to: 11, is: decision('require_approval', 'tool:drop') },
        {
          id: 'w',
          in: 'r',
          name: 'request_approval drop',
          from: 11,
          to: 12,
          is: {
            'footprint.schema': 1,
            'footprint.permission': 'tool:drop',
            'footprint.approval.outcome': 'denied',
          },
        },
        { id: 'f', in: 'r', from: 20, to: 21, is: decision('require_approval', 'tool:wait') },
        { id: 'b', in: 'r', from: 22, is: tool('wait') },
      ],
    ],
    expect: {
      [USES]: [
        used('tool:drop', { uses: 0, denials: 1 }),
        used('tool:pay'),
        used('tool:wait', { uses: 0, denials: 1 }),
      ],
      'select permission, tier, approval_outcome as outcome, approval_answered_at as answered from decisions order by all':
        [
          {
            permission: 'tool:drop',
            tier: null,
            outcome: 'denied',
            answered: '2026-03-02 08:00:12',
          },
          {
            permission: 'tool:pay',
            tier: 'single',
            outcome: 'approved',
            answered: '2026-03-02 08:00:05',
          },
          { permission: 'tool:wait', tier: null, outcome: null, answered: null },
        ],
    },
  },
];
