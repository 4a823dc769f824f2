// An agent of the collector benchmark, in a process of its own: measures what recording costs it.
import { authorize, task, tool } from '../../collector/index.ts';
import type { Answer, AuthorizationRequest, Decision } from '../../collector/index.ts';
import { start } from '../../collector/start.ts';

/** What the parent asks for; each is answered by one number. */
export type Order =
  | { measure: 'decision_us' | 'tool_call_us'; calls: number }
  | { measure: 'cpu_percent'; per_s: number; seconds: number; recorded: boolean }
  | { measure: 'rss_growth_mib'; per_s: number; seconds: number };

const TICK_MS = 10;
const MIB = 1024 * 1024;

const ANSWER: Answer = {
  effect: 'allow',
  rules: ['read-anything'],
  reason: 'permitted',
  engine: 'custom',
  policy: { id: 'desk', version: '3' },
};
const decide = (): Answer => ANSWER;
const act = (): number => 1;

const request = (call: number): AuthorizationRequest => ({
  permission: 'mail:send',
  action: 'send',
  resource: { type: 'mailbox', id: `m-${call % 50}` },
  required_scopes: ['mail.send'],
  principal: { id: 'desk', type: 'agent' },
  delegation: { type: 'on_behalf_of', chain: ['user:ada', 'agent:desk'] },
  tool_call_id: `call-${call}`,
});
const use = (call: number, decision: Decision): number =>
  tool(
    {
      name: 'send_mail',
      permission: 'mail:send',
      required_scopes: ['mail.send'],
      call_id: `call-${call}`,
      decision,
    },
    act,
  );

/** One tool call and the decision before it, recorded or bare. */
const call = (index: number, recorded: boolean): void => {
  if (!recorded) {
    request(index);
    decide();
    act();
    return;
  }
  use(index, authorize(request(index), decide));
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Microseconds that one call holds up its caller, beyond what it wraps. Sending is not in it: that waits. */
const each = async (measure: 'decision_us' | 'tool_call_us', calls: number): Promise<number> => {
  const decision = authorize(request(0), decide);
  const one =
    measure === 'decision_us'
      ? (index: number) => void authorize(request(index), decide)
      : (index: number) => void use(index, decision);
  const round = 500;
  let spent = 0;
  for (let done = 0; done < calls; done += round) {
    task({ agent: 'desk', session: `s-${done}` }, () => {
      const began = performance.now();
      for (let index = 0; index < round; index += 1) one(done + index);
      spent += performance.now() - began;
    });
    await telemetry.flush();
  }
  return (spent * 1000) / calls;
};

/** `per_s` calls a second, in ticks, each second a task of its own. */
const load = async (per_s: number, seconds: number, recorded: boolean): Promise<void> => {
  const began = performance.now();
  let done = 0;
  for (let second = 0; second < seconds; second += 1) {
    const body = async (): Promise<void> => {
      const until = began + (second + 1) * 1000;
      for (let now = performance.now(); now < until; now = performance.now()) {
        const due = Math.floor(((now - began) / 1000) * per_s);
        while (done < due) call((done += 1), recorded);
        await pause(TICK_MS);
      }
    };
    await (recorded ? task({ agent: 'desk', session: `s-${second}` }, body) : body());
  }
};

const cpuPercent = async (per_s: number, seconds: number, recorded: boolean): Promise<number> => {
  await load(per_s, 3, recorded);
  const before = process.cpuUsage();
  const began = performance.now();
  await load(per_s, seconds, recorded);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - began);
};

/** Warms up with a receiver that answers, has the parent silence it, and tells what memory that costs. */
const growth = async (per_s: number, seconds: number): Promise<number> => {
  await load(per_s, seconds / 2, true);
  const silenced = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.send?.({ warm: true });
  await silenced;
  const before = process.memoryUsage.rss();
  await load(per_s, seconds, true);
  return (process.memoryUsage.rss() - before) / MIB;
};

const obey = (order: Order): Promise<number> => {
  switch (order.measure) {
    case 'cpu_percent':
      return cpuPercent(order.per_s, order.seconds, order.recorded);
    case 'rss_growth_mib':
      return growth(order.per_s, order.seconds);
    case 'decision_us':
    case 'tool_call_us':
      return each(order.measure, order.calls);
  }
};

const telemetry = start({ agent: 'desk' });
process.once('message', (order: Order) => {
  void obey(order).then(async (value) => {
    process.send?.({ value });
    await telemetry.shutdown();
    process.disconnect();
    process.exit();
  });
});
