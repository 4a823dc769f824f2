// Cases of decisions that an engine's own log tells: joined to an agent's by id or trace, or standing for themselves.
import { decision, root, tool, used, USES, type Case } from './words.ts';
import type { Told } from './telemetry.ts';

const logged = (effect: string, permission: string, more: Told['is'] = {}): Told['is'] =>
  decision(effect, permission, { 'footprint.decision.logged': true, ...more });

const DECIDED = `select agent, decision_id, effect, policy_version as version, rules, reason, logged,
  printf('%c', action_span_id) as action from decisions order by all`;
const AGENTS = `select distinct agent from sessions join agents using (agent_key) order by all`;

const own: Told = {
  id: 'd',
  in: 'r',
  from: 1,
  to: 2,
  is: decision('deny', 'mail:delete', {
    'footprint.decision.id': 'x-1',
    'footprint.decision.reason': 'own',
    'footprint.policy.rules': ['mail'],
  }),
};
/** In a trace of its own, by another machine's clock. */
const log: Told = {
  t: 'o',
  id: 'l',
  from: 3,
  service: 'opa',
  is: logged('deny', 'mail:delete', {
    'footprint.decision.id': 'x-1',
    'footprint.decision.reason': 'log',
    'footprint.policy.rules': ['mail', 'mail#never'],
    'footprint.policy.version': 'desk-7',
    'gen_ai.agent.name': 'a1',
  }),
};
const ONE = {
  [DECIDED]: [
    {
      agent: 'clerk',
      decision_id: 'x-1',
      effect: 'deny',
      version: 'desk-7',
      rules: ['mail', 'mail#never'],
      reason: 'own',
      logged: true,
      action: null,
    },
  ],
  [USES]: [used('mail:delete', { uses: 0, denials: 1 })],
  [AGENTS]: [{ agent: 'clerk' }],
  'select agent, decisions, denials, errors from session_parts': [
    { agent: 'clerk', decisions: 1, denials: 1, errors: 0 },
  ],
};

/** What OpenFGA's server tells of a check, and of a step inside it. */
const fga = (allowed: boolean | null, object = 'document:d-1'): Told['is'] => ({
  store_id: 'store-1',
  object,
  relation: 'reader',
  user: 'agent:a1',
  ...(allowed === null ? {} : { allowed }),
});
const check: Told = {
  id: 'k',
  in: 'd',
  from: 1.2,
  to: 1.8,
  name: 'Check',
  service: 'openfga',
  is: fga(true),
};
const step: Told = { ...check, id: 'm', in: 'k', name: 'ResolveCheck' };
const asked = (engine: string, resource = 'd-1'): Told => ({
  ...own,
  is: decision('allow', 'document:reader', {
    'footprint.decision.id': 'y-1',
    'footprint.policy.engine': engine,
    'footprint.resource.id': resource,
  }),
});
const CHECKS = 'select agent, effect, engine, policy, rules, logged from decisions order by all';
const told = {
  agent: 'clerk',
  effect: 'allow',
  engine: 'openfga',
  policy: 'store-1',
  rules: ['document#reader'],
  logged: true,
};

export const LOGGED_CASES: readonly Case[] = [
  { why: 'a decision that agent and log tell is one', requests: [[root, own, log]], expect: ONE },
  {
    why: 'a decision that the log tells later is one',
    requests: [[root, own], [log]],
    expect: ONE,
  },
  {
    why: 'a decision that the log tells first is one, and the agent of the log is gone',
    requests: [[log], [root, own]],
    expect: ONE,
  },
  {
    why: 'a decision that the log tells in the agent’s own trace is one',
    requests: [[{ ...log, t: 't', in: 'r' }], [root, own]],
    expect: ONE,
  },
  {
    why: 'a check that OpenFGA tells inside the agent’s trace is the agent’s decision',
    requests: [[root], [check, step]],
    expect: { [CHECKS]: [told], [AGENTS]: [{ agent: 'clerk' }] },
  },
  {
    why: 'a check that agent and OpenFGA tell is one decision',
    requests: [[root, asked('openfga'), check, step]],
    expect: { [CHECKS]: [told] },
  },
  {
    why: 'a check that OpenFGA tells first is one with the agent’s, which comes later',
    requests: [
      [check, step],
      [root, asked('openfga')],
    ],
    expect: { [CHECKS]: [told], [AGENTS]: [{ agent: 'clerk' }] },
  },
  {
    why: 'a check of another object, or of another engine, is another decision',
    requests: [[root, asked('openfga', 'd-2'), { ...asked('opa'), id: 'e' }, check]],
    expect: { 'select count(*)::integer as decisions from decisions': [{ decisions: 3 }] },
  },
  {
    why: 'a check without an answer is an error',
    requests: [[root, { ...check, is: fga(null), error: true }]],
    expect: { 'select effect from decisions': [{ effect: 'error' }] },
  },
  {
    why: 'an id that is used again ten minutes later is another decision',
    requests: [[root, own, { ...log, from: 700 }]],
    expect: {
      'select agent, logged from decisions order by all': [
        { agent: 'a1', logged: true },
        { agent: 'clerk', logged: false },
      ],
    },
  },
  {
    why: 'a decision of a log alone is the agent’s whose trace it names, and of the action with its permission',
    requests: [
      [
        root,
        {
          id: 'a',
          in: 'r',
          from: 4,
          is: tool('mail:delete', { 'footprint.permission': 'mail:delete' }),
        },
      ],
      [
        {
          ...log,
          t: 't',
          in: 'q',
          is: logged('allow', 'mail:delete', { 'gen_ai.agent.name': 'a1' }),
          to: 3,
        },
      ],
    ],
    expect: {
      "select agent, effect, printf('%c', action_span_id) as action, logged from decisions": [
        { agent: 'clerk', effect: 'allow', action: 'a', logged: true },
      ],
      [AGENTS]: [{ agent: 'clerk' }],
    },
  },
  {
    why: 'a decision of a log below the action that asked for it is that action’s, whatever its name',
    requests: [
      [
        root,
        { id: 'a', in: 'r', from: 2, to: 9, is: tool('drop_mail') },
        { id: 'c', in: 'a', from: 3, name: 'POST', is: {} },
        { id: 'o', in: 'c', from: 3, name: 'POST /v1/data', service: 'opa', is: {} },
        { ...log, t: 't', in: 'o' },
      ],
    ],
    expect: {
      "select agent, effect, printf('%c', action_span_id) as action, logged from decisions": [
        { agent: 'clerk', effect: 'deny', action: 'a', logged: true },
      ],
      'select agent, actions, decisions, denials from session_parts': [
        { agent: 'clerk', actions: 0, decisions: 1, denials: 1 },
      ],
    },
  },
  {
    why: 'a decision that no agent tells is of the agent that the log names, else of the engine’s service',
    requests: [[log, { ...log, t: 'p', id: 'm', is: logged('allow', 'mail:read') }]],
    expect: { [AGENTS]: [{ agent: 'a1' }, { agent: 'opa' }] },
  },
  {
    why: 'in a trace of a program without agents a decision is the program’s',
    requests: [
      [
        { t: 'p', id: 'w', name: 'GET /', service: 'web', is: {} },
        { t: 'p', id: 'e', in: 'w', name: 'engine.Check', service: 'cerbos', is: {} },
        { ...log, t: 'p', id: 'm', in: 'e', is: logged('allow', 'mail:read') },
      ],
    ],
    expect: { [AGENTS]: [{ agent: 'web' }] },
  },
];
