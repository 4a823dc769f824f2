// An invoicing agent that behaves: a 60-second token for each step, exchanged and given back, and nothing left behind.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resource, surface, task } from '../index.ts';
import type { ApprovalAnswer } from '../index.ts';
import { startAuthorizationServer } from './authorization-server.ts';
import { converse } from './conversation.ts';
import type { Session } from './days.ts';
import { live, vary } from './days.ts';
import { guardedTools } from './guarded.ts';
import type { Step } from './model.ts';
import { connectOAuth } from './oauth-client.ts';
import { loadPolicy } from './policy.ts';
import type { HeldToken } from './tool-server.ts';
import { startToolServer } from './tool-server.ts';

const AGENT = 'invoicing-agent';
const USER = 'ben';
const READ = 'billing.read';
const WRITE = 'billing.write';
const SEND = 'billing.send';
const LIFE_S = 60;

const POLICIES = {
  'bill-orders':
    'permit(principal, action in [Action::"list_orders", Action::"create_invoice"], resource);',
  'ask-sending': 'permit(principal, action == Action::"send_invoice", resource);',
};
/** The version to come, which only watches for now: large invoices are not for an agent to send. */
const COMING = {
  ...POLICIES,
  'no-large-invoices': `forbid(principal, action == Action::"send_invoice", resource)
    when { context has amount && context.amount > 5000 };`,
};

const TOOLS = {
  list_orders: { scope: READ, takes: [], run: () => 'o-1: 1200, o-2: 9000' },
  create_invoice: { scope: WRITE, takes: ['order', 'amount'], run: () => 'i-1' },
  send_invoice: { scope: SEND, takes: ['order', 'amount'], run: () => 'sent' },
};

const bill = (amount: number): Step[] => [
  { tool: 'list_orders', input: {} },
  { tool: 'create_invoice', input: { order: 'o-1', amount } },
  { tool: 'send_invoice', input: { order: 'o-1', amount } },
];

await live(AGENT, async (clock) => {
  const as = await startAuthorizationServer({
    client: AGENT,
    scopes: [READ, WRITE, SEND],
    life_s: () => LIFE_S,
  });
  const oauth = await connectOAuth(as, AGENT);
  const { introspect } = oauth;
  const server = await startToolServer({ name: 'billing', tools: TOOLS, introspect, clock });
  const tools = Object.keys(TOOLS);
  const policy = loadPolicy({ id: 'billing', version: '2026-10', tools, policies: POLICIES });
  const coming = loadPolicy({ id: 'billing', version: '2026-12', tools, policies: COMING });
  const principal = { type: 'Agent', id: AGENT } as const;
  const permitted = policy.permitted(principal, 'billing', tools);
  const delegation = { type: 'token_exchange', chain: [`user:${USER}`, `agent:${AGENT}`] } as const;

  const session =
    (goal: string, steps: Step[], outcome: ApprovalAnswer['outcome'] = 'approved'): Session =>
    ({ name, number }) =>
      task({ agent: AGENT, session: name, goal, user: USER }, async () => {
        surface(permitted, { source: 'policy' });
        const identity = { id: AGENT, type: 'agent' } as const;
        await using folder = await resource(
          { type: 'folder', expires_in: 600 },
          () => mkdtemp(join(tmpdir(), 'footprint-demo-')),
          (path) => rm(path, { recursive: true }),
        );
        await writeFile(join(folder.value, 'invoice.txt'), 'o-1');
        let token: HeldToken | undefined;
        const guarded = await guardedTools({
          server,
          policy,
          principal,
          delegation,
          clock,
          ask: () => {
            // Somebody who reads what is asked takes a while, and sometimes says no.
            clock.pass(vary(number, 15, 35));
            return { outcome, source: 'user_once', approver: USER, approver_type: 'user' };
          },
          consider: (question) => {
            const about = { principal: identity, delegation, enforcement: 'shadow' } as const;
            if (question.tool !== 'send_invoice') return;
            coming.decide({ ...question, about });
            clock.pass(0.02);
          },
          before: async (tool) => {
            const whole = await oauth.token([READ, WRITE, SEND]);
            token = await oauth.exchange(whole, [server.scopeOf(tool)]);
            await oauth.revoke(whole);
            server.hold([token]);
          },
          after: async () => {
            if (token !== undefined) await oauth.revoke(token);
            server.hold([]);
          },
        });
        const think = () => clock.pass(vary(number, 2, 6));
        await converse({ prompt: 'Bill.', tools: guarded, steps, answer: 'Billed.', think });
      });

  const small = session('bill_order', bill(1200));
  const large = session('bill_order', bill(9000));
  const refused = session('bill_order', bill(12), 'denied');
  return {
    today: [small, large, refused],
    earlier: ({ ago, weekend }) => {
      if (weekend) return [];
      return [small, small, ago % 5 === 0 ? refused : small, small, ago % 3 === 0 ? large : small];
    },
    close: async () => {
      await server.close();
      await as.close();
    },
  };
});
