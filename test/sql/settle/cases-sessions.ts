// Cases of sessions: whose each span is, and which traces are one session.
import { spanId, START, traceId } from './telemetry.ts';
import { agent, SESSIONS, tool, used, USES, type Case } from './words.ts';

const MINUTE = 60;

const run = (t: string, minute: number) => [
  { t, id: `${t}r`, from: minute * MINUTE, to: minute * MINUTE + 30, is: agent() },
];

const session = (name: string, traces: number, spans: number, more = {}) => ({
  agent: 'clerk',
  session: name,
  told: true,
  traces,
  spans,
  ...more,
});

export const SESSION_CASES: readonly Case[] = [
  {
    why: 'a span without agent or session has those of its nearest ancestor, else of its trace',
    requests: [
      [
        { id: 'o', name: 'POST /ask', to: 90, is: {} },
        { id: 'r', in: 'o', to: 60, is: agent('clerk', { 'gen_ai.conversation.id': 's1' }) },
        {
          id: 'x',
          in: 'r',
          from: 1,
          to: 20,
          is: agent('helper', { 'gen_ai.conversation.id': 's2' }),
        },
        { id: 'c', in: 'x', from: 2, to: 9, is: {} },
        { id: 'a', in: 'c', from: 3, is: tool('read') },
        { id: 'b', in: 'r', from: 30, is: tool('read') },
        { id: 'l', in: 'gone', from: 40, is: tool('read') },
      ],
    ],
    expect: {
      [SESSIONS]: [session('s1', 1, 4), session('s2', 1, 3, { agent: 'helper' })],
      'select agent, session, used_via, uses from permission_uses order by all': [
        { agent: 'clerk', session: 's1', used_via: '', uses: 2 },
        { agent: 'clerk', session: 's1', used_via: 'helper', uses: 1 },
        { agent: 'helper', session: 's2', used_via: '', uses: 1 },
      ],
    },
  },
  {
    why: 'an agent that no span names is called like the service that acts',
    requests: [
      [
        { id: 'o', name: 'GET /', to: 9, service: 'gateway', is: {} },
        { id: 'a', in: 'o', from: 1, service: 'desk', is: tool('read') },
      ],
    ],
    expect: { [USES]: [used('tool:read', { agent: 'desk', undecided: 1 })] },
  },
  {
    why: 'traces of ordinary programs are no sessions, and are found again when an agent speaks in them',
    requests: [
      [{ id: 'o', name: 'GET /', from: -3600, to: 9, is: {} }],
      [{ id: 'a', in: 'o', from: 1, is: agent() }],
      [{ t: 'u', id: 'p', name: 'GET /health', is: {} }],
    ],
    expect: {
      'select agent, spans from session_parts': [{ agent: 'clerk', spans: 2 }],
      'select trace_id::varchar as trace from quiet_traces': [
        { trace: '00000000-0000-0000-0000-000000000075' },
      ],
    },
  },
  {
    why: 'traces less than 30 minutes apart are one session, named by the first',
    requests: [[...run('a', 0), ...run('b', 30), ...run('c', 60.5), ...run('d', 91)]],
    expect: {
      [SESSIONS]: [
        session(traceId('a'), 2, 2, { told: false }),
        session(traceId('c'), 1, 1, { told: false }),
        session(traceId('d'), 1, 1, { told: false }),
      ],
    },
  },
  {
    why: 'a clock that starts in 1970 or runs years ahead joins no sessions',
    requests: [
      [...run('a', 0), ...run('b', 60)],
      [
        { t: 'b', id: 'epoch', in: 'br', from: -START / 1000, to: 3602, is: tool('read') },
        { t: 'b', id: 'ahead', in: 'br', from: 3e9, to: 3e9, is: tool('read') },
        { t: 'a', id: 'never', in: 'ar', from: -START / 1000, to: 2, is: tool('read') },
      ],
    ],
    expect: {
      [SESSIONS]: [
        session(traceId('a'), 1, 2, { told: false }),
        session(traceId('b'), 1, 3, { told: false }),
      ],
      'select started_at as began, last_span_at as ended from session_parts order by all': [
        { began: '2026-03-02 08:00:00', ended: '2026-03-02 08:00:30' },
        { began: '2026-03-02 09:00:00', ended: '2026-03-02 09:00:30' },
      ],
      [USES]: [used('tool:read', { undecided: 1 }), used('tool:read', { uses: 2, undecided: 2 })],
    },
  },
  {
    why: 'a trace that comes late joins two sessions into one, and one that comes first renames it',
    requests: [run('c', 60), run('d', 120), run('e', 90), run('b', 40)],
    expect: { [SESSIONS]: [session(traceId('b'), 4, 4, { told: false })] },
  },
  {
    why: 'a trace that turns out to be of a told session lets go of what it held together',
    requests: [
      [...run('a', 0), ...run('b', 20), ...run('c', 40)],
      [{ t: 'b', id: 'late', from: 20 * MINUTE, is: tool('read', { 'session.id': 'own' }) }],
    ],
    expect: {
      [SESSIONS]: [
        session(traceId('a'), 1, 1, { told: false }),
        session(traceId('c'), 1, 1, { told: false }),
        session('own', 1, 2),
      ],
    },
  },
  {
    why: 'a told session holds all its traces, however far apart, each environment its own',
    requests: [
      [{ t: 'a', id: 'x', is: agent('clerk', { 'session.id': 's' }) }],
      [{ t: 'b', id: 'y', from: 86_400, is: agent('clerk', { 'session.id': 's' }) }],
      [
        { t: 'c', id: 'z', environment: 'staging', is: agent('clerk', { 'session.id': 's' }) },
        { t: 'c', id: 'w', in: 'z', is: tool('read') },
      ],
    ],
    expect: {
      [SESSIONS]: [session('s', 3, 4)],
      'select environment, count(*)::integer as parts from session_parts group by all order by all':
        [
          { environment: 'default', parts: 2 },
          { environment: 'staging', parts: 1 },
        ],
    },
  },
  {
    why: 'task, goal, user and owner of a part are those that any span of it tells',
    requests: [
      [
        { id: 'r', to: 60, is: agent('clerk', { 'session.id': 's' }) },
        {
          id: 'm',
          in: 'r',
          from: 1,
          state: 'ot=th:8',
          is: {
            'gen_ai.operation.name': 'chat',
            'user.id': 'ada',
            'footprint.session.task_id': 't9',
            'footprint.session.goal': 'refund',
            'footprint.producer.id': 'p',
            'footprint.producer.seq': 4,
          },
        },
        {
          id: 'n',
          in: 'r',
          from: 2,
          is: tool('x', { 'footprint.producer.id': 'p', 'footprint.producer.seq': 6 }),
        },
      ],
    ],
    expect: {
      'select task_id, goal, user_id, sampled, task_ended_at as ended, last_action_at as acted from session_parts':
        [
          {
            task_id: 't9',
            goal: 'refund',
            user_id: 'p-ada',
            sampled: true,
            ended: '2026-03-02 08:01:00',
            acted: '2026-03-02 08:00:02',
          },
        ],
      'select producer_id, first_seq, last_seq, spans from producer_parts': [
        { producer_id: 'p', first_seq: '4', last_seq: '6', spans: 2 },
      ],
    },
  },
  {
    why: 'a session ends with the last of its work, not with its root or with what tidies up behind it',
    requests: [
      [
        { id: 'r', to: 60, is: agent('clerk', { 'session.id': 's' }) },
        { id: 'a', in: 'r', from: 50, to: 90, is: tool('read') },
        {
          id: 'k',
          in: 'r',
          name: 'revoke_credential jwt',
          from: 300,
          to: 301,
          is: { 'footprint.credential.fingerprint': 'f' },
        },
      ],
      [{ t: 'u', id: 'b', from: 100, to: 120, is: tool('read', { 'session.id': 's' }) }],
      [{ t: 'v', id: 'c', service: 'other', from: 100, to: 120, is: tool('read') }],
    ],
    expect: {
      'select agent, session, task_ended_at as ended from sessions join agents using (agent_key) order by all':
        [
          { agent: 'clerk', session: 's', ended: '2026-03-02 08:01:30' },
          { agent: 'desk', session: 's', ended: null },
          { agent: 'other', session: traceId('v'), ended: null },
        ],
    },
  },
  {
    why: 'spans whose parents go in a circle settle all the same',
    requests: [
      [
        { id: 'a', in: 'b', is: tool('x', { 'gen_ai.agent.name': 'one' }) },
        { id: 'b', in: 'a', is: tool('x') },
        { id: 'c', in: 'c', is: tool('y', { 'gen_ai.agent.name': 'two' }) },
      ],
    ],
    expect: {
      'select agent, spans from session_parts order by all': [
        { agent: 'one', spans: 2 },
        { agent: 'two', spans: 1 },
      ],
      [`select fact from spans where span_id = ('0x${spanId('c')}')::ubigint`]: [
        { fact: 'action' },
      ],
    },
  },
];
