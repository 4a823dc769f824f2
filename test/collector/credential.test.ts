// A token's life and a surface's snapshots as spans, and that no secret is in any of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credential, fingerprint, surface, task } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

const SECRET = 'Zm9vdHByaW50LW9wYXF1ZS10b2tlbg';
let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());

describe('a credential', () => {
  it('is told by fingerprint from issue to revocation', () => {
    const issued = credential.issued(SECRET, {
      type: 'oauth_access_token',
      issuer: 'https://as.example',
      audience: 'urn:calendar',
      id: SECRET,
      issued_at: '2026-03-01T10:00:00Z',
      expires_in: 300,
      scopes: 'calendar.read',
      scopes_requested: ['calendar.read', 'calendar.write'],
    });
    credential.exchanged('another-secret', { type: 'jwt', parent: SECRET, issued_at: 0 });
    credential.used(issued);
    credential.revoked(issued, { revoked_at: new Date('2026-03-01T10:01:00Z') });
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual([
      'issue_credential oauth_access_token',
      'exchange_credential jwt',
      'use_credential oauth_access_token',
      'revoke_credential oauth_access_token',
    ]);
    expect(told(spans[0])).toEqual({
      'footprint.credential.fingerprint': issued.fingerprint,
      'footprint.credential.type': 'oauth_access_token',
      'footprint.credential.issuer': 'https://as.example',
      'footprint.credential.audience': 'urn:calendar',
      'footprint.credential.id': issued.fingerprint,
      'footprint.credential.issued_at': '2026-03-01T10:00:00.000Z',
      'footprint.credential.expires_at': '2026-03-01T10:05:00.000Z',
      'footprint.credential.scopes': ['calendar.read'],
      'footprint.credential.scopes_requested': ['calendar.read', 'calendar.write'],
    });
    expect(spans[1]?.attributes['footprint.credential.parent']).toBe(issued.fingerprint);
    expect(spans[3]?.attributes['footprint.credential.revoked_at']).toBe(
      '2026-03-01T10:01:00.000Z',
    );
    expect(JSON.stringify(spans.map((span) => [span.name, told(span)]))).not.toContain(SECRET);
  });

  it('without an expiry never expires, and says none', () => {
    credential.issued(SECRET, { type: 'api_key' });
    expect(told(recorder.take()[0])).not.toHaveProperty('footprint.credential.expires_at');
  });

  it('that is no text is not recorded', () => {
    expect(credential.issued(undefined as unknown as string)).toEqual({ fingerprint: '' });
    expect(recorder.take()).toEqual([]);
  });

  it('has one fingerprint in a process, which is its own, and another under another key', async () => {
    const print = fingerprint(SECRET);
    expect(print).toMatch(/^fp_[0-9a-f]{32}$/);
    expect(fingerprint(SECRET)).toBe(print);
    expect(fingerprint(print)).toBe(print);
    expect(fingerprint(`${SECRET}.`)).not.toBe(print);
    expect(fingerprint('')).toBeUndefined();
    const under = async (key: string): Promise<string | undefined> => {
      process.env['FOOTPRINT_FINGERPRINT_KEY'] = key;
      const address = `../../collector/fingerprint.ts?key=${key}`;
      const fresh = (await import(address)) as { fingerprint: typeof fingerprint };
      return fresh.fingerprint(SECRET);
    };
    const first = await under('one');
    expect(await under('two')).not.toBe(first);
    // HMAC-SHA256 of the secret under the key `one`, computed with openssl.
    expect(first).toBe('fp_9628a4657c86f7d569fe6817c39cdace');
    delete process.env['FOOTPRINT_FINGERPRINT_KEY'];
  });
});

describe('a surface', () => {
  const permissions = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `crm:action_${String(index).padStart(5, '0')}`);

  it('is one snapshot of sorted permissions with their patterns', () => {
    task({ agent: 'desk' }, () =>
      surface(
        ['tool:write', { permission: 'tool:read', resource_pattern: '/notes/*' }, 'tool:write'],
        {
          source: 'policy',
        },
      ),
    );
    expect(told(recorder.take()[0])).toEqual({
      'gen_ai.agent.name': 'desk',
      'footprint.surface.permissions': ['tool:read|/notes/*', 'tool:write|*'],
      'footprint.surface.source': 'policy',
      'footprint.surface.part': 1,
      'footprint.surface.parts': 1,
    });
  });

  it.each([
    [0, [0]],
    [500, [500]],
    [501, [500, 1]],
    [1200, [500, 500, 200]],
    [20_000, Array.from({ length: 20 }, () => 500)],
  ])('of %i permissions comes in parts of at most 500', (count, sizes) => {
    surface(permissions(count), { source: 'iam', agent: 'desk' });
    const spans = recorder.take();
    const lists = spans.map((span) => span.attributes['footprint.surface.permissions'] as string[]);
    expect(lists.map((list) => list.length)).toEqual(sizes);
    expect(new Set(lists.flat()).size).toBe(Math.min(count, 10_000));
    expect(spans.map((span) => span.attributes['footprint.surface.part'])).toEqual(
      sizes.map((_, index) => index + 1),
    );
  });

  it('that never ends is cut', () => {
    surface(
      (function* () {
        for (;;) yield 'tool:same';
      })(),
      { source: 'config' },
    );
    expect(recorder.take()).toHaveLength(1);
  });
});
