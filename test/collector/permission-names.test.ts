// Names of permissions that speak of credentials are names; what is assigned to a password is a credential.
import { describe, expect, it } from 'vitest';
import { redactText } from '../../collector/redact.ts';
import { secretRanges } from '../../collector/secrets.ts';
import { createRedactor } from '../../server/ingest/redact.ts';
import { surface } from '../../collector/index.ts';
import { startRecorder } from './recorder.ts';

const NAMES = [
  'password:reset',
  'passwd:change',
  'secret:read',
  'secret:read|*',
  'secret:read|vault/db-1',
  'api_key:create',
  'client_secret:regenerate',
  'secrets:list_versions',
  'access-key:deleteOldest',
  'mcp.vault.secret:write',
  'secret:*',
  'authorize password:reset',
];
const SECRETS = [
  'password:hunter2',
  'password:letmein',
  'secret:correcthorse',
  'pwd: read',
  'my password:reset is s3cret and password:abcd',
  '{"password":"resetme"}',
  'api_key:create1234567',
  'authorize password:hunter2x',
];

describe('a permission whose name speaks of credentials', () => {
  it.each(NAMES)('%s stays what it is, in the agent and at the server', (name) => {
    expect(secretRanges(name)).toEqual([]);
    expect(redactText(name)).toBe(name);
    const document = {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                { attributes: [{ key: 'footprint.permission', value: { stringValue: name } }] },
              ],
            },
          ],
        },
      ],
    };
    const before = JSON.stringify(document);
    createRedactor().document(document);
    expect(JSON.stringify(document)).toBe(before);
  });

  it.each(SECRETS)('%s is hidden still', (text) => {
    expect(secretRanges(text).length).toBeGreaterThan(0);
    expect(redactText(text)).not.toBe(text);
  });

  it('is hidden alike in a surface and in a decision, where it is taken for a credential', async () => {
    const recorder = startRecorder();
    surface(['password:letmein', 'password:letmein|*', { permission: 'password:letmein' }], {
      agent: 'a',
      source: 'policy',
    });
    const [span] = recorder.take();
    await recorder.stop();
    const hidden = redactText('password:letmein');
    expect(span?.attributes['footprint.surface.permissions']).toEqual([`${hidden}|*`]);
  });
});
