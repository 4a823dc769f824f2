// JWTs that jose signs and verifies: claims become a token's life, and nothing of the token itself is told.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwt, recordingVerify } from '../../../collector/integrations/jose.ts';
import { fingerprint, task, tool } from '../../../collector/index.ts';
import * as jose from '../../engines/credentials/packages.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { appearsIn, shown } from './token-world.ts';

let recorder: Recorder;
let keys: jose.GenerateKeyPairResult;
beforeAll(async () => {
  recorder = startRecorder();
  keys = await jose.generateKeyPair('ES256');
});
afterAll(() => recorder.stop());

const ISSUED = 1_772_359_200;
const CLAIMS = {
  iss: 'https://as.example',
  aud: ['urn:mail', 'urn:calendar'],
  sub: 'ada@example.org',
  client_id: 'desk-agent',
  jti: 'canary-jti-of-this-token',
  iat: ISSUED,
  exp: 4_102_444_800,
  cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
  act: { sub: 'agent:desk' },
};
const sign = (claims: jose.JWTPayload): Promise<string> =>
  new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(keys.privateKey);
const verify = recordingVerify(jose.jwtVerify);

describe('recordingVerify', () => {
  it('records an accepted token as used, with what its claims say', async () => {
    const token = await sign({ ...CLAIMS, scope: 'mail:send mail:read' });
    const { payload } = await verify(token, keys.publicKey, { issuer: CLAIMS.iss });
    expect(payload.sub).toBe(CLAIMS.sub);
    const spans = recorder.take();
    expect(shown(spans)).toEqual([
      [
        'use_credential jwt',
        {
          'gen_ai.agent.name': 'desk-agent',
          'footprint.agent.identity.id': 'desk-agent',
          'footprint.agent.identity.type': 'oauth_client',
          'footprint.credential.fingerprint': fingerprint(token),
          'footprint.credential.type': 'jwt',
          'footprint.credential.issuer': 'https://as.example',
          'footprint.credential.audience': 'urn:mail urn:calendar',
          'footprint.credential.id': fingerprint(CLAIMS.jti),
          'footprint.credential.issued_at': '2026-03-01T10:00:00.000Z',
          'footprint.credential.expires_at': '2100-01-01T00:00:00.000Z',
          'footprint.credential.scopes': ['mail:send', 'mail:read'],
          'footprint.credential.confirmation': `jkt:${CLAIMS.cnf.jkt}`,
          'footprint.delegation.type': 'on_behalf_of',
          'footprint.delegation.chain': ['user:ada@example.org', 'agent:desk'],
        },
      ],
    ]);
    const [header = '', body = '', signature = ''] = token.split('.');
    expect(appearsIn(spans, [token, header, body, signature, CLAIMS.jti])).toEqual([]);
  });

  it('takes bytes, keys by function, scp and a certificate that binds', async () => {
    const cnf = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' };
    const token = await sign({ iss: 'i', azp: 'desk', scp: ['a', 'b'], cnf });
    const bytes = new TextEncoder().encode(token);
    const options = { agent: (client: string) => `agent-of-${client}` };
    await recordingVerify(jose.jwtVerify, options)(bytes, () => keys.publicKey);
    expect(told(recorder.take()[0])).toEqual({
      'gen_ai.agent.name': 'agent-of-desk',
      'footprint.agent.identity.id': 'desk',
      'footprint.agent.identity.type': 'oauth_client',
      'footprint.credential.fingerprint': fingerprint(token),
      'footprint.credential.type': 'jwt',
      'footprint.credential.issuer': 'i',
      'footprint.credential.scopes': ['a', 'b'],
      'footprint.credential.confirmation': `x5t#S256:${cnf['x5t#S256']}`,
    });
  });

  it('believes nothing of a token that is expired, forged, for another audience or none at all', async () => {
    const other = await jose.generateKeyPair('ES256');
    const expired = await sign({ ...CLAIMS, exp: ISSUED + 1 });
    await expect(verify(expired, keys.publicKey)).rejects.toMatchObject({
      code: 'ERR_JWT_EXPIRED',
    });
    const good = await sign(CLAIMS);
    await expect(verify(good, other.publicKey)).rejects.toThrow();
    await expect(verify(good, keys.publicKey, { audience: 'urn:else' })).rejects.toThrow();
    await expect(verify('not.a.jwt', keys.publicKey)).rejects.toThrow();
    await expect(verify(undefined as unknown as string, keys.publicKey)).rejects.toThrow();
    expect(recorder.take()).toEqual([]);
  });

  it('lets the tool around it be the use, with the life of the token', async () => {
    const token = await sign({ ...CLAIMS, scope: 'mail:send' });
    await task({ agent: 'mail-server' }, () =>
      tool({ name: 'send', required_scopes: ['mail:send'] }, () => verify(token, keys.publicKey)),
    );
    const [span, ...rest] = recorder.take();
    expect(rest.map(({ name }) => name)).toEqual(['invoke_agent mail-server']);
    expect(told(span)).toMatchObject({
      'gen_ai.agent.name': 'mail-server',
      'gen_ai.tool.name': 'send',
      'footprint.credential.fingerprint': fingerprint(token),
      'footprint.credential.scopes': ['mail:send'],
    });
  });
});

describe('a JWT of our own', () => {
  it('is issued with the life that it tells', async () => {
    const token = await sign({ iss: 'desk', iat: ISSUED, exp: ISSUED + 60 });
    jwt.issued(token);
    expect(shown(recorder.take())).toEqual([
      [
        'issue_credential jwt',
        {
          'footprint.credential.fingerprint': fingerprint(token),
          'footprint.credential.type': 'jwt',
          'footprint.credential.issuer': 'desk',
          'footprint.credential.issued_at': '2026-03-01T10:00:00.000Z',
          'footprint.credential.expires_at': '2026-03-01T10:01:00.000Z',
        },
      ],
    ]);
  });

  it('that is none, encrypted, or hostile is not recorded, and nothing is thrown', async () => {
    const encrypted = await new jose.EncryptJWT({ a: 1 })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32));
    const part = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const hostile = [
      encrypted,
      'opaque',
      '',
      '..',
      'a.b.c',
      `${part({ alg: 'none' })}.${part([1])}.`,
      `${part({})}.${part({ iss: 'x' })}.x`,
      undefined as unknown as string,
      `${part({ alg: 'x' })}.${'A'.repeat(100_000)}.x`,
    ];
    for (const token of hostile) {
      jwt.issued(token);
      jwt.used(token);
    }
    expect(recorder.take()).toEqual([]);
    let nested: unknown = { sub: 'deepest' };
    for (let depth = 0; depth < 500; depth += 1) nested = { sub: `a${depth}`, act: nested };
    const odd = {
      sub: 'u',
      act: nested,
      exp: 'soon',
      iat: 1e300,
      scope: 7,
      aud: { a: 1 },
      cnf: 'x',
    };
    jwt.used(`${part({ alg: 'x' })}.${part(odd)}.x`);
    const [span] = recorder.take();
    expect(told(span)['footprint.delegation.chain']).toHaveLength(8);
    expect(told(span)).not.toHaveProperty('footprint.credential.expires_at');
  });
});
