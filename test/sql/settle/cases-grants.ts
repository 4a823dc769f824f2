// Cases of grants and tokens: what was held, from when to when.
import { agent, chat, root, tool, type Case } from './words.ts';
import type { Told } from './telemetry.ts';

const GRANTS = `select g.agent, g.kind, g.source, g.source_ref as ref, g.granted_at as granted,
  g.ended_at as ended, string_agg(s.permission || '|' || s.resource_pattern, ' ' order by s.permission) as holds
  from grants as g inner join surfaces as s using (workspace, surface_hash) group by all order by all`;
const TOKENS = `select fingerprint, event, session, uses, issued_at as issued, expires_at as expires,
  revoked_at as revoked, scopes from token_events order by all`;

const at = (minute: number): string => `2026-03-02 08:${String(minute).padStart(2, '0')}:00`;
const wire = (minute: number): string => `2026-03-02T08:${String(minute).padStart(2, '0')}:00Z`;

const credential = (fingerprint: string, more: Told['is'] = {}): Told['is'] => ({
  'footprint.schema': 1,
  'footprint.credential.fingerprint': fingerprint,
  ...more,
});

const part = (number: number, parts: number, permissions: readonly string[]): Told['is'] => ({
  'footprint.schema': 1,
  'footprint.surface.permissions': permissions,
  'footprint.surface.source': 'iam',
  'footprint.surface.part': number,
  'footprint.surface.parts': parts,
});

const grant = (kind: string, holds: string, more = {}) => ({
  agent: 'clerk',
  kind,
  source: kind,
  ref: '',
  granted: at(0),
  ended: null,
  holds,
  ...more,
});

export const GRANT_CASES: readonly Case[] = [
  {
    why: 'a tool list is held for the part of the session in which it was offered, told once or often',
    requests: [
      [
        { id: 'r', to: 600, is: agent() },
        { id: 'm', in: 'r', from: 1, is: chat(['write', 'read']) },
        { id: 'n', in: 'r', from: 9, is: chat(['read', 'write']) },
        {
          id: 'x',
          in: 'r',
          from: 11,
          is: { 'gen_ai.operation.name': 'chat', 'gen_ai.tool.definitions': '[{' },
        },
      ],
    ],
    expect: { [GRANTS]: [grant('tool_list', 'tool:read|* tool:write|*', { ended: at(10) })] },
  },
  {
    why: 'a snapshot in parts is one, and one that lacks a part says nothing',
    requests: [
      [
        root,
        { id: 's', in: 'r', from: 0, name: 'surface_snapshot', is: part(1, 2, ['crm:*|eu/*']) },
      ],
      [
        {
          id: 'u',
          in: 'r',
          from: 2,
          name: 'surface_snapshot',
          is: part(2, 2, ['aws:s3:GetObject']),
        },
      ],
      [
        {
          t: 'other',
          id: 'v',
          from: 60,
          name: 'surface_snapshot',
          is: { ...agent(), ...part(2, 3, ['x:y']) },
        },
      ],
    ],
    expect: {
      [GRANTS]: [grant('snapshot', 'aws:s3:GetObject|* crm:*|eu/*', { source: 'iam' })],
    },
  },
  {
    why: 'an empty snapshot is a grant of nothing, which ends what the one before it held',
    requests: [
      [root, { id: 's', in: 'r', from: 1, name: 'surface_snapshot', is: part(1, 1, ['a:b']) }],
      [{ id: 'u', in: 'r', from: 2, name: 'surface_snapshot', is: part(1, 1, []) }],
      [{ id: 'v', in: 'r', from: 3, name: 'surface_snapshot', is: part(1, 1, ['|no name']) }],
    ],
    expect: {
      [`select g.granted_at as granted, count(s.permission)::integer as holds
        from grants as g left join surfaces as s using (workspace, surface_hash)
        group by all order by all`]: [
        { granted: '2026-03-02 08:00:01', holds: 1 },
        { granted: '2026-03-02 08:00:02', holds: 0 },
      ],
    },
  },
  {
    why: 'a token is granted from its issue to the earlier of expiry and revocation, and its uses are counted',
    requests: [
      [
        root,
        {
          id: 'i',
          in: 'r',
          from: 0,
          name: 'issue_credential jwt',
          is: credential('fp1', {
            'footprint.credential.scopes': ['cal.read'],
            'footprint.credential.issuer': 'as',
            'footprint.credential.expires_at': wire(30),
          }),
        },
        { id: 'a', in: 'r', from: 10, is: tool('list', credential('fp1')) },
        {
          id: 'b',
          in: 'a',
          from: 10,
          is: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'list', ...credential('fp1') },
        },
        {
          id: 'c',
          in: 'r',
          from: 15,
          is: tool('list', { ...credential('fp1'), 'error.type': 'forbidden' }),
        },
      ],
      [
        {
          t: 'later',
          id: 'v',
          from: 1200,
          name: 'revoke_credential jwt',
          is: {
            'gen_ai.agent.name': 'clerk',
            ...credential('fp1', { 'footprint.credential.revoked_at': wire(20) }),
          },
        },
      ],
    ],
    expect: {
      [GRANTS]: [grant('token', 'oauth:cal.read|*', { source: 'as', ref: 'fp1', ended: at(20) })],
      [TOKENS.replace('session, ', '')]: [
        {
          fingerprint: 'fp1',
          event: 'issued',
          uses: 0,
          issued: at(0),
          expires: at(30),
          revoked: null,
          scopes: ['cal.read'],
        },
        {
          fingerprint: 'fp1',
          event: 'revoked',
          uses: 0,
          issued: null,
          expires: null,
          revoked: at(20),
          scopes: null,
        },
        {
          fingerprint: 'fp1',
          event: 'used',
          uses: 1,
          issued: null,
          expires: null,
          revoked: null,
          scopes: null,
        },
      ],
    },
  },
  {
    why: 'a server may grant no scope at all: the token is known, its surface empty',
    requests: [
      [
        root,
        {
          id: 'i',
          in: 'r',
          from: 1,
          name: 'issue_credential opaque',
          is: credential('fp2', { 'footprint.credential.scopes_requested': ['mail.send'] }),
        },
      ],
    ],
    expect: {
      'select kind from grants': [],
      'select event, scopes, scopes_requested as asked from token_events': [
        { event: 'issued', scopes: null, asked: ['mail.send'] },
      ],
    },
  },
  {
    why: 'an approval that outlives its trace is found by the decision it answers',
    requests: [
      [
        root,
        {
          id: 'd',
          in: 'r',
          from: 1,
          to: 2,
          is: {
            'footprint.decision.effect': 'require_approval',
            'footprint.decision.id': 'q',
            'footprint.permission': 'tool:pay',
          },
        },
        { id: 'a', in: 'r', from: 30, is: tool('pay') },
      ],
      [
        {
          t: 'desk',
          id: 'q',
          name: 'request_approval pay',
          from: 2,
          to: 20,
          is: {
            'gen_ai.agent.name': 'clerk',
            'footprint.decision.id': 'q',
            'footprint.approval.outcome': 'approved',
          },
        },
      ],
    ],
    expect: {
      'select approval_outcome as outcome, approval_answered_at as answered from decisions': [
        { outcome: 'approved', answered: '2026-03-02 08:00:20' },
      ],
      'select permission, uses, denials from permission_uses': [
        { permission: 'tool:pay', uses: 1, denials: 0 },
      ],
    },
  },
];
