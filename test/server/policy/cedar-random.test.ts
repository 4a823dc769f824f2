// Present Cedar policies written in any way: what leaves a list of actions takes nothing else with it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { installed } from '../../collector/integrations/engines.ts';
import { cedarAnswers } from './cedar.ts';
import { deskInput } from './edits.ts';

const NAMES = ['crm:read', 'crm:write', 'crm:delete', 'mail:send', 'mail:purge', 'a"b', 'x::y, ]'];
const AGENTS = ['desk', 'other'];

const edited = async (text: string, gone: readonly string[]) => {
  const held = NAMES.filter((name) => !gone.includes(name));
  return policyOutput('cedar', deskInput(held, gone), { name: 'p.cedar', text });
};

/** By agent, which of the names are allowed. */
const allowed = (policy: string): string[][] =>
  AGENTS.map((agent) => {
    const asked = NAMES.map((permission) => ({ permission, resource: 'r' }));
    const answers = cedarAnswers({ policy, agent }, asked);
    return NAMES.filter((_, at) => answers[at]);
  });

const action = (name: string): string => `Action::${JSON.stringify(name)}`;
const listOf = (agent: string, actions: string): string =>
  `permit (principal == Agent::"${agent}", action in [${actions}], resource);`;

const gaps = fc.constantFrom('', ' ', '\n  ', ' // a, "note" ];\n', '\n// b\n\t', '\r\n');
const statements = fc
  .record({
    agent: fc.constantFrom('desk', 'desk', 'other'),
    actions: fc.array(fc.tuple(gaps, fc.constantFrom(...NAMES), gaps), {
      minLength: 1,
      maxLength: 6,
    }),
    trailing: fc.constantFrom('', ','),
    bare: fc.boolean(),
    behind: fc.constantFrom('', '\n', ' // said\n', '\r\n\r\n'),
  })
  .map(({ agent, actions, trailing, bare, behind }) => {
    const told = actions.map(([before, name, after]) => before + action(name) + after);
    return bare && told.length === 1
      ? `permit (principal == Agent::"${agent}", action == ${told[0]}, resource);${behind}`
      : `${listOf(agent, told.join(',') + trailing)}${behind}`;
  });

describe.skipIf(!installed)('cedar in any spelling (skipped without test/engines/policy)', () => {
  it('loses what is taken out, for this agent, and nothing else', async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(statements, { minLength: 1, maxLength: 4 }),
        fc.subarray(NAMES),
        async (all, gone) => {
          const text = all.join('');
          const before = allowed(text);
          const out = await edited(text, gone);
          expect(out.diff).not.toBeNull();
          if (out.diff !== '') changed += 1;
          const [desk = [], other = []] = before;
          const left = [desk.filter((name) => !gone.includes(name)), other];
          expect(allowed(out.files[0]?.text ?? '')).toEqual(left);
        },
      ),
      { numRuns: 200 },
    );
    expect(changed).toBeGreaterThan(50);
  });

  it('loses the last two of a list and leaves the next statement whole', async () => {
    const next = 'permit(principal == Agent::"other", action, resource);\n';
    const list = ['crm:read', 'crm:delete', 'crm:write'].map(action).join(', ');
    const out = await edited(`${listOf('desk', list)}\n${next}`, ['crm:delete', 'crm:write']);
    expect(out.files[0]?.text).toBe(`${listOf('desk', action('crm:read'))}\n${next}`);
  });

  it('takes a line with its comment, and leaves what is said of the others', async () => {
    const lines = [
      '// reads',
      `  ${action('crm:read')}, // any`,
      `  ${action('crm:write')}, // writes`,
      '  // last',
      `  ${action('crm:delete')} // deletes`,
      '',
    ];
    const text = listOf('desk', lines.join('\r\n'));
    const out = await edited(text, ['crm:write', 'crm:delete']);
    expect(out.files[0]?.text).toContain(
      '[// reads\r\n  Action::"crm:read" // any\r\n  // last\r\n]',
    );
  });

  it('leaves a statement that follows on the same line', async () => {
    const both = `${listOf('desk', action('crm:read'))} ${listOf('other', action('crm:read'))}`;
    const out = await edited(both, ['crm:read']);
    expect(allowed(out.files[0]?.text ?? '')).toEqual([[], ['crm:read']]);
  });
});
