// Present Cerbos policies: changed in place, then asked of the real server.
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { cerbosInstalled } from '../../collector/integrations/engines.ts';
import { cerbosAnswers } from './cerbos.ts';
import { deskInput } from './edits.ts';

const ROLE = `# What agents do with the CRM.
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: crm
  rules:
    - { name: read, actions: ['read'], effect: EFFECT_ALLOW, roles: ['agent'] }   # everybody reads
    # Since March.
    - name: rest
      actions: ['write', 'delete*']
      effect: EFFECT_ALLOW
      roles: [agent]
# The end.
`;
const OWN = `apiVersion: api.cerbos.dev/v1
principalPolicy:
  version: default
  principal: desk
  rules:
    - resource: crm
      actions:
        - action: delete
          effect: EFFECT_ALLOW
        - action: read
          effect: EFFECT_ALLOW
`;
const ASKED = ['read', 'write', 'delete', 'delete_all'].map((action) => ({
  permission: `crm:${action}`,
  resource: 'r',
}));

const answers = async (text: string, agent: string, approved = false): Promise<boolean[]> => {
  const asked = ASKED.map((one) => ({ ...one, approved }));
  const [told = []] = await cerbosAnswers([
    { agent, files: [{ name: 'p.yaml', text }], asked, version: 'default' },
  ]);
  return told;
};

describe.skipIf(!cerbosInstalled)('present cerbos (skipped where npm has no Cerbos)', () => {
  it('denies this agent alone what a role allows, and keeps every line', async () => {
    const input = deskInput(['crm:read'], ['crm:delete']);
    const out = await policyOutput('cerbos', input, { name: 'crm.yaml', text: ROLE });
    const text = out.files[0]?.text ?? '';
    expect(await answers(ROLE, 'desk')).toEqual([true, true, true, true]);
    expect(await answers(text, 'desk')).toEqual([true, true, false, true]);
    expect(await answers(text, 'other')).toEqual([true, true, true, true]);
    expect(out.diff).toMatchSnapshot();
  });

  it('waits for an approval where the change says so', async () => {
    const held = [{ permission: 'crm:write', resource_pattern: '*', ask_first: 'single' }];
    const out = await policyOutput('cerbos', deskInput(held, ['crm:write']), {
      name: 'crm.yaml',
      text: ROLE,
    });
    const text = out.files[0]?.text ?? '';
    expect(await answers(text, 'desk')).toEqual([true, false, true, true]);
    expect(await answers(text, 'desk', true)).toEqual([true, true, true, true]);
  });

  it('is refused, and written anew, where nothing does what it says', async () => {
    const narrow = await policyOutput('cerbos', deskInput(['crm:read'], ['crm:*']), {
      name: 'crm.yaml',
      text: ROLE,
    });
    expect(narrow.diff).toBeNull();
    const others = await policyOutput('cerbos', deskInput([], ['crm:read']), {
      name: 'p.yaml',
      text: OWN,
    });
    expect(others.notes[0]).toContain('no policy of a resource');
  });
});
