// A procurement agent: it compares offers, and still holds the ordering rights of a trial that ended long ago.
import { surface, task } from '../index.ts';
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

const AGENT = 'procurement-agent';
const READ = 'orders.read';
const WRITE = 'orders.write';
/** Longer than anybody works, so that nobody has to sign in twice. */
const WORKING_DAY_S = 10 * 3600;
/** The trial's two orders were placed on its first two days. */
const TRIAL_DAYS = 2;

const POLICIES = {
  'read-offers': `permit(principal, action in [Action::"search_catalogue", Action::"list_offers",
    Action::"get_supplier"], resource);`,
  'ask-trial-orders': `permit(principal, action in [Action::"create_order", Action::"cancel_order",
    Action::"change_supplier"], resource);`,
};

const TOOLS = {
  search_catalogue: { scope: READ, takes: ['query'], run: () => 'toner: 3 offers' },
  list_offers: {
    scope: READ,
    takes: ['item'],
    run: () => 'Paper & Co 41, Ink Works 44, Desk Ltd 47',
  },
  get_supplier: { scope: READ, takes: ['name'], run: () => 'Paper & Co, delivers in 2 days' },
  create_order: { scope: WRITE, takes: ['item', 'amount'], run: () => 'ordered' },
  cancel_order: { scope: WRITE, takes: ['order'], run: () => 'cancelled' },
  change_supplier: { scope: WRITE, takes: ['name'], run: () => 'changed' },
  pay_invoice: { scope: WRITE, takes: ['invoice'], run: () => 'paid' },
};

const quote: Step[] = [
  { tool: 'search_catalogue', input: { query: 'toner' } },
  { tool: 'list_offers', input: { item: 'toner' } },
  { tool: 'get_supplier', input: { name: 'Paper & Co' } },
];
const order: Step = { tool: 'create_order', input: { item: 'toner', amount: 2 } };
/** No whole number: Cedar cannot evaluate, and what cannot be evaluated is refused. */
const halfOrder: Step = { tool: 'create_order', input: { item: 'toner', amount: 2.5 } };
/** Offered by the server, permitted by no rule. */
const payment: Step = { tool: 'pay_invoice', input: { invoice: 'i-7' } };

await live(AGENT, async (clock) => {
  const scopes = [READ, WRITE];
  const life_s = () => WORKING_DAY_S;
  const as = await startAuthorizationServer({ client: AGENT, scopes, life_s });
  const oauth = await connectOAuth(as, AGENT);
  const { introspect } = oauth;
  const server = await startToolServer({ name: 'orders', tools: TOOLS, introspect, clock });
  const tools = Object.keys(TOOLS);
  const policy = loadPolicy({ id: 'procurement', version: '2026-08', tools, policies: POLICIES });
  const principal = { type: 'Agent', id: AGENT } as const;
  const permitted = policy.permitted(principal, 'orders', tools);
  let token: HeldToken | undefined;

  const session =
    (goal: string, steps: Step[]): Session =>
    ({ name, number }) =>
      task({ agent: AGENT, session: name, goal }, async () => {
        surface(permitted, { source: 'policy' });
        // One token serves all sessions of the day: the first one asks for it, and none gives it back.
        token ??= await oauth.token(scopes);
        server.hold([token]);
        const tools = await guardedTools({
          server,
          policy,
          principal,
          clock,
          delegation: { type: 'autonomous' },
          ask: () => {
            clock.pass(vary(number, 60, 240));
            return {
              outcome: 'approved',
              source: 'user_once',
              approver: 'ben',
              approver_type: 'user',
            };
          },
        });
        const think = () => clock.pass(vary(number, 4, 20));
        await converse({ prompt: 'Find toner.', tools, steps, answer: 'Paper & Co.', think });
      });

  const compare = session('compare_offers', quote);
  return {
    today: [
      compare,
      compare,
      session('compare_offers', [...quote, halfOrder]),
      session('pay', [payment]),
    ],
    earlier: ({ ago, of, weekend }) => {
      if (of - ago < TRIAL_DAYS && of > TRIAL_DAYS)
        return [session('trial_order', [...quote, order])];
      return Array.from({ length: weekend ? 1 : 7 }, () => compare);
    },
    morning: () => {
      token = undefined;
    },
    close: async () => {
      await server.close();
      await as.close();
    },
  };
});
