// Present Cedar policies: changed in place, then asked of cedar-wasm.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import type { PolicyInput } from '../../../server/policy/types.ts';
import { installed } from '../../collector/integrations/engines.ts';
import { cases, due } from './cases.ts';
import { cedarAnswers } from './cedar.ts';
import { deskInput, taken } from './edits.ts';

const PRESENT = `// The desk. Reviewed by Ana; do not reorder; "a;b" is no statement.
@id("desk")
permit (
  principal == App::Agent::"desk",
  action in [App::Action::"crm:read", App::Action::"crm:delete", App::Action::"crm:write"],   // three
  resource
);

@id("purge") permit(principal == App::Agent::"desk", action == App::Action::"mail:purge", resource); // trailing

// Everybody on the team.
permit (principal in App::Team::"support", action == App::Action::"mail:send", resource)
when { principal != App::Agent::"x;y" };
`;
const TYPES = { agent: 'App::Agent', action: 'App::Action', resource: 'App::Record' };
const NAMES = ['crm:read', 'crm:write', 'crm:delete', 'mail:purge', 'mail:send'];

const changed = async (input: PolicyInput, text = PRESENT) =>
  policyOutput('cedar', input, { name: 'desk.cedar', text });

const allowed = (policy: string, agent = 'desk'): string[] => {
  const parents = [{ type: 'App::Team', id: 'support' }];
  const asked = NAMES.map((permission) => ({ permission, resource: 'r' }));
  const answers = cedarAnswers({ policy, agent, types: TYPES, parents }, asked);
  return NAMES.filter((_, at) => answers[at]);
};

describe.skipIf(!installed)('present cedar (skipped without test/engines/policy)', () => {
  it('loses an action from a list and a statement of its own, and keeps the rest', async () => {
    const out = await changed(deskInput(['crm:read', 'crm:write'], ['crm:delete', 'mail:purge']));
    expect(allowed(PRESENT)).toEqual(NAMES);
    expect(allowed(out.files[0]?.text ?? '')).toEqual(['crm:read', 'crm:write', 'mail:send']);
    expect(out.diff).toMatchSnapshot();
    expect(out.undo).toEqual({ name: 'desk.cedar', text: PRESENT });
  });

  it('is forbidden to this agent alone where a policy is shared', async () => {
    const out = await changed(deskInput(['crm:read'], ['mail:send']));
    const text = out.files[0]?.text ?? '';
    expect(text.startsWith(PRESENT)).toBe(true);
    expect(allowed(text)).toEqual(['crm:read', 'crm:write', 'crm:delete', 'mail:purge']);
    expect(allowed(text, 'other')).toEqual(['mail:send']);
    expect(out.notes[0]).toContain('stay; a forbid takes these out');
  });

  it('waits for an approval where the change says so', async () => {
    const held = [{ permission: 'mail:purge', resource_pattern: '*', ask_first: 'single' }];
    const out = await changed(deskInput(held, ['mail:purge']));
    const asked = [false, true].map((approved) => ({
      permission: 'mail:purge',
      resource: 'r',
      approved,
    }));
    const policy = out.files[0]?.text ?? '';
    expect(cedarAnswers({ policy, agent: 'desk', types: TYPES }, asked)).toEqual([false, true]);
  });

  it('is refused, and written anew, where nothing does what it says', async () => {
    const wide = 'permit(principal, action, resource);';
    const out = await changed(deskInput(['crm:read'], ['crm:delete']), wide);
    expect(out.diff).toBeNull();
    expect(out.notes[0]).toContain('does not name the agent');
    expect(out.files.map(({ name }) => name)).toEqual(['policy.cedar', 'schema.cedarschema']);
    const torn = await changed(deskInput(['crm:read'], ['crm:delete']), 'permit(principal');
    expect(torn.notes[0]).toContain('not understood');
    const narrowed = await changed(deskInput([], [taken('crm:read', 'r-7')]));
    expect(narrowed.diff).toBeNull();
  });

  it('changes its own output to what is then due, whatever the names', async () => {
    let edited = 0;
    await fc.assert(
      fc.asyncProperty(cases({ conditions: false }), async ({ input, asked }) => {
        const before = await policyOutput('cedar', { ...input, changes: [] });
        const [policy = '', schema = ''] = before.files.map(({ text }) => text);
        const out = await policyOutput('cedar', input, { name: 'p.cedar', text: policy });
        if (out.diff === null) return;
        edited += 1;
        const text = out.files[0]?.text ?? '';
        const told = cedarAnswers({ policy: text, schema, agent: input.agent }, asked);
        expect(told).toEqual(asked.map((one) => due(input, one)));
      }),
      { numRuns: 200 },
    );
    expect(edited).toBeGreaterThan(100);
  });
});
