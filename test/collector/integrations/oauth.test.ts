// Tokens as OAuth clients get, exchange, show and give them back, against a real authorization server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordingFetch } from '../../../collector/integrations/oauth.ts';
import { fingerprint, task, tool } from '../../../collector/index.ts';
import type { AuthorizationServer } from '../../engines/credentials/authorization-server.ts';
import {
  CALENDAR,
  EXCHANGE,
  MAIL,
  startAuthorizationServer,
} from '../../engines/credentials/authorization-server.ts';
import type { OAuthClient } from '../../engines/credentials/clients.ts';
import { CLIENTS } from '../../engines/credentials/clients.ts';
import * as packages from '../../engines/credentials/packages.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import type { ResourceServer } from './token-world.ts';
import { appearsIn, shown, signed, startResourceServer } from './token-world.ts';

const SECRETS = {
  agent: 'canary-agent-secret-4kq8',
  tools: 'canary-tools-secret-77ab',
  signing: 'canary-signing-key-19zz',
};
const CC = { grant_type: 'client_credentials', resource: CALENDAR };
const fp = (token: string): string => fingerprint(token) ?? '';

let recorder: Recorder;
let server: AuthorizationServer;
let tools: ResourceServer;
beforeAll(async () => {
  recorder = startRecorder();
  server = await startAuthorizationServer(SECRETS);
  tools = await startResourceServer();
});
beforeEach(() => void recorder.take());
afterAll(async () => {
  await server.close();
  await tools.close();
  await recorder.stop();
});

/** Attributes that a run does not choose, set to what they must look like. */
const INSTANT: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe.each(Object.entries(CLIENTS))('%s', (_name, connect) => {
  let agent: OAuthClient;
  let tool_server: OAuthClient;
  beforeAll(async () => {
    agent = await connect(recordingFetch(), server.issuer, 'desk-agent', SECRETS.agent);
    tool_server = await connect(recordingFetch(), server.issuer, 'desk-tools', SECRETS.tools);
  });

  it('tells the scopes that were granted beside those that were asked for', async () => {
    const token = await agent.token({ ...CC, scope: 'calendar:read' });
    const spans = recorder.take();
    expect(shown(spans)).toEqual([
      [
        'issue_credential oauth_access_token',
        {
          'footprint.credential.fingerprint': fp(token.access_token),
          'footprint.credential.type': 'oauth_access_token',
          'footprint.credential.issuer': server.issuer,
          'footprint.credential.audience': CALENDAR,
          'footprint.credential.issued_at': INSTANT,
          'footprint.credential.expires_at': INSTANT,
          'footprint.credential.scopes': ['calendar:read'],
          'footprint.credential.scopes_requested': ['calendar:read'],
        },
      ],
    ]);
    const life = ['expires_at', 'issued_at'].map((name) =>
      Date.parse(String(spans[0]?.attributes[`footprint.credential.${name}`])),
    );
    expect((life[0] ?? 0) - (life[1] ?? 0)).toBe(120_000);
    expect(appearsIn(spans, [token.access_token, SECRETS.agent])).toEqual([]);
  });

  it('does not take what was asked for as granted where the server grants nothing and answers 200', async () => {
    const token = await agent.token({ grant_type: 'client_credentials', scope: 'unheard:of' });
    expect(token.scope).toBeUndefined();
    const [span] = recorder.take();
    expect(told(span)).not.toHaveProperty('footprint.credential.scopes');
    expect(told(span)['footprint.credential.scopes_requested']).toEqual(['unheard:of']);
  });

  it('records a refused scope as a denial and no token', async () => {
    const asked = { ...CC, scope: 'calendar:read mail:send', resource: 'urn:nowhere' };
    await expect(agent.token(asked)).rejects.toThrow();
    expect(shown(recorder.take())).toEqual(
      ['calendar:read', 'mail:send'].map((scope) => [
        `authorize oauth:${scope}`,
        {
          'footprint.permission': `oauth:${scope}`,
          'footprint.permission.required_scopes': [scope],
          'footprint.decision.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
          'footprint.decision.effect': 'deny',
          'footprint.decision.enforcement': 'enforced',
          'footprint.decision.reason': 'invalid_target',
          'footprint.policy.engine': 'oauth',
          'footprint.policy.id': server.issuer,
        },
      ]),
    );
  });

  it('records nothing where the request itself is bad, and passes the error on', async () => {
    await expect(
      agent.token({ grant_type: 'refresh_token', refresh_token: 'x' }),
    ).rejects.toThrow();
    await expect(agent.token({ grant_type: 'authorization_code', code: 'x' })).rejects.toThrow();
    expect(recorder.take()).toEqual([]);
  });

  it('follows a code to its tokens and a refresh token to the next ones', async () => {
    const code = await server.code('openid offline_access');
    const grant = { grant_type: 'authorization_code', code, redirect_uri: server.redirect };
    const first = await agent.token(grant);
    const old = first.refresh_token ?? '';
    const next = await agent.token({ grant_type: 'refresh_token', refresh_token: old });
    const spans = recorder.take();
    expect(
      spans.map(({ name, attributes }) => [
        name,
        attributes['footprint.credential.fingerprint'],
        attributes['footprint.credential.parent'],
      ]),
    ).toEqual([
      ['issue_credential oauth_access_token', fp(first.access_token), undefined],
      ['issue_credential oauth_refresh_token', fp(old), undefined],
      ['use_credential oauth_refresh_token', fp(old), undefined],
      ['issue_credential oauth_access_token', fp(next.access_token), fp(old)],
      ['issue_credential oauth_refresh_token', fp(next.refresh_token ?? ''), fp(old)],
    ]);
    const secrets = [code, old, first.access_token, next.access_token, next.refresh_token ?? ''];
    expect(appearsIn(spans, [...secrets, SECRETS.agent])).toEqual([]);
  });

  it('names the actors of an exchange', async () => {
    const subject = await signed({ sub: 'ada', jti: 'subject-jti-canary', scope: 'everything' });
    const actor = await signed({ sub: 'agent:desk', client_id: 'desk-agent' });
    const token = await agent.token({
      grant_type: EXCHANGE,
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      actor_token: actor,
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'mail:send',
      resource: MAIL,
    });
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual([
      'use_credential jwt',
      'use_credential jwt',
      'exchange_credential jwt',
    ]);
    expect(told(spans[2])).toMatchObject({
      'footprint.credential.fingerprint': fp(token.access_token),
      'footprint.credential.parent': fp(subject),
      'footprint.credential.scopes': ['mail:send'],
      'footprint.credential.audience': MAIL,
      'footprint.credential.issuer': server.issuer,
      'footprint.credential.id': expect.stringMatching(/^fp_/) as unknown,
      'footprint.delegation.type': 'token_exchange',
      'footprint.delegation.chain': ['user:ada', 'agent:desk'],
    });
    const jti = String(packages.decodeJwt(token.access_token).jti);
    const secrets = [subject, actor, token.access_token, 'subject-jti-canary', jti];
    expect(appearsIn(spans, secrets)).toEqual([]);
  });

  it('names them where the new token is opaque as well', async () => {
    const before = { sub: 'agent:desk', act: { sub: 'agent:mailer' } };
    const subject = await signed({ sub: 'ada', act: before });
    await agent.token({
      grant_type: EXCHANGE,
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      actor_token: await signed({ sub: 'agent:tidy' }),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'calendar:read',
      resource: CALENDAR,
    });
    const span = recorder.take().at(-1);
    expect(span?.name).toBe('exchange_credential oauth_access_token');
    expect(told(span)['footprint.delegation.chain']).toEqual([
      'user:ada',
      'agent:tidy',
      'agent:desk',
      'agent:mailer',
    ]);
  });

  it('records a revocation that the server carried out, and none that it could not', async () => {
    const opaque = (await agent.token({ ...CC, scope: 'calendar:read' })).access_token;
    const self_contained = (await agent.token({ ...CC, scope: 'mail:send', resource: MAIL }))
      .access_token;
    recorder.take();
    await agent.revoke(opaque);
    await agent.revoke(self_contained).catch(() => undefined);
    const spans = recorder.take();
    expect(spans.map((span) => told(span)['footprint.credential.fingerprint'])).toEqual([
      fp(opaque),
    ]);
    expect(told(spans[0])['footprint.credential.revoked_at']).toEqual(INSTANT);
  });

  it('takes what a resource server finds active for used by its client, and nothing else', async () => {
    const token = (await agent.token({ ...CC, scope: 'calendar:read' })).access_token;
    recorder.take();
    expect(await tool_server.introspect(token)).toBe(true);
    expect(await tool_server.introspect('no-token-at-all')).toBe(false);
    const spans = recorder.take();
    expect(shown(spans)).toEqual([
      [
        'use_credential oauth_access_token',
        {
          'gen_ai.agent.name': 'desk-agent',
          'footprint.agent.identity.id': 'desk-agent',
          'footprint.agent.identity.type': 'oauth_client',
          'footprint.credential.fingerprint': fp(token),
          'footprint.credential.type': 'oauth_access_token',
          'footprint.credential.issuer': server.issuer,
          'footprint.credential.audience': CALENDAR,
          'footprint.credential.issued_at': INSTANT,
          'footprint.credential.expires_at': INSTANT,
          'footprint.credential.scopes': ['calendar:read'],
        },
      ],
    ]);
    expect(appearsIn(spans, [token, SECRETS.tools])).toEqual([]);
  });

  it('counts a call that a resource answered as one use, and a refused one as a denial', async () => {
    const token = (await agent.token({ ...CC, scope: 'calendar:read' })).access_token;
    recorder.take();
    expect(await agent.call(token, `${tools.url}/events`)).toBe(200);
    expect(await agent.call(token, `${tools.url}/send`)).toBe(403);
    expect(await agent.call(token, `${tools.url}/gone`)).toBe(401);
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual([
      'use_credential oauth_access_token',
      'authorize oauth:mail:send',
      'authorize oauth:mail:draft',
    ]);
    expect(told(spans[1])).toMatchObject({
      'footprint.decision.effect': 'deny',
      'footprint.decision.reason': 'insufficient_scope',
      'footprint.credential.fingerprint': fp(token),
    });
    expect(appearsIn(spans, [token])).toEqual([]);
  });

  it('lets the tool around a call be the use', async () => {
    const token = (await agent.token({ ...CC, scope: 'calendar:read' })).access_token;
    recorder.take();
    const status = await task({ agent: 'desk' }, () =>
      tool({ name: 'list_events' }, async () => {
        await agent.call(token, `${tools.url}/events`);
        return agent.call(token, `${tools.url}/events`);
      }),
    );
    expect(status).toBe(200);
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual([
      'execute_tool list_events',
      'invoke_agent desk',
    ]);
    expect(told(spans[0])['footprint.credential.fingerprint']).toBe(fp(token));
  });

  it('keeps side by side requests apart', async () => {
    const scopes = ['calendar:read', 'calendar:write'];
    const asked = Array.from({ length: 20 }, (_, index) => scopes[index % 2] ?? '');
    const tokens = await Promise.all(
      asked.map((scope, index) =>
        task({ agent: `desk-${index}` }, () => agent.token({ ...CC, scope })),
      ),
    );
    const issued = recorder.take().filter(({ name }) => name.startsWith('issue_credential'));
    const found = tokens.map(({ access_token }) =>
      told(
        issued.find((span) => told(span)['footprint.credential.fingerprint'] === fp(access_token)),
      ),
    );
    expect(issued).toHaveLength(20);
    expect(found.map((about) => about['footprint.credential.scopes'])).toEqual(
      asked.map((scope) => [scope]),
    );
    expect(found.map((about) => about['gen_ai.agent.name'])).toEqual(
      asked.map((_, index) => `desk-${index}`),
    );
  });
});

describe('DPoP', () => {
  it('is told by the thumbprint of its key, and neither key nor proof is', async () => {
    const { oauth } = packages;
    const client: packages.oauth.Client = { client_id: 'desk-agent' };
    const fetch = recordingFetch();
    const pair = await oauth.generateKeyPair('ES256', { extractable: true });
    const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetch };
    const bound = { ...http, DPoP: oauth.DPoP(client, pair) };
    const found = await oauth.discoveryRequest(new URL(server.issuer), http);
    const as = await oauth.processDiscoveryResponse(new URL(server.issuer), found);
    const form = new URLSearchParams({ scope: 'calendar:read', resource: CALENDAR });
    const auth = oauth.ClientSecretBasic(SECRETS.agent);
    const sent = await oauth.clientCredentialsGrantRequest(as, client, auth, form, bound);
    const token = await oauth.processClientCredentialsResponse(as, client, sent);
    expect(token.token_type).toBe('dpop');
    const url = new URL(`${tools.url}/events`);
    await oauth.protectedResourceRequest(token.access_token, 'GET', url, undefined, null, bound);
    const jwk = await packages.exportJWK(pair.privateKey);
    const jkt = await packages.calculateJwkThumbprint(jwk);
    const spans = recorder.take();
    expect(
      spans.map((span) => [span.name, told(span)['footprint.credential.confirmation']]),
    ).toEqual([
      ['issue_credential oauth_access_token', `jkt:${jkt}`],
      ['use_credential oauth_access_token', `jkt:${jkt}`],
    ]);
    expect(appearsIn(spans, [token.access_token, jwk.d ?? '', jwk.x ?? '', jwk.y ?? ''])).toEqual(
      [],
    );
  });
});
