// A calendar assistant: its tokens carry five scopes, and reading the calendar is all that it ever does.
import { OpenTelemetry } from '@ai-sdk/otel';
import type { ToolSet } from 'ai';
import { jsonSchema, registerTelemetry, tool as aiTool } from 'ai';
import { task, tool } from '../index.ts';
import { recordingFetch } from '../integrations/oauth.ts';
import { startAuthorizationServer } from './authorization-server.ts';
import { startCalendar } from './calendar.ts';
import { converse } from './conversation.ts';
import type { Session } from './days.ts';
import { live, vary } from './days.ts';
import type { Step } from './model.ts';
import { connectOAuth } from './oauth-client.ts';

const AGENT = 'calendar-assistant';
const USER = 'cleo';
const READ = 'calendar.read';
const FIRST = [READ, 'calendar.write'];
const FIVE = [...FIRST, 'calendar.delete', 'calendar.share', 'contacts.read'];
const ROOMS = 'rooms.read';
const LONG_S = 4 * 3600;
const SHORT_S = 3600;
/** The assistant began with two scopes; three more came in the first ninth of its time. */
const SMALL_PART = 1 / 9;

/** What the model is offered: a tool, the request that it makes, and the scope that the calendar asks for. */
const OFFERED = {
  list_events: { path: '/events', scope: READ },
  create_event: { path: '/events/new', scope: 'calendar.write' },
  delete_event: { path: '/events/old', scope: 'calendar.delete' },
  share_calendar: { path: '/shares', scope: 'calendar.share' },
  find_room: { path: '/rooms', scope: ROOMS },
};
const list: Step = { tool: 'list_events', input: {} };
const room: Step = { tool: 'find_room', input: {} };

await live(AGENT, async (clock) => {
  registerTelemetry(new OpenTelemetry());
  let life_s = LONG_S;
  let scopes = FIVE;
  const as = await startAuthorizationServer({ client: AGENT, scopes: FIVE, life_s: () => life_s });
  const oauth = await connectOAuth(as, AGENT);
  const asked = Object.values(OFFERED).map(({ path, scope }) => [path, scope] as const);
  const calendar = await startCalendar(new Map(asked), oauth.introspect);
  // Inside a tool the tool is the use; what the calendar refuses for want of a scope is recorded as a denial.
  const request = recordingFetch();

  const session =
    (goal: string, steps: Step[], spare = false): Session =>
    ({ name, number }) =>
      task({ agent: AGENT, session: name, goal, user: USER }, async () => {
        const token = await oauth.token(scopes);
        // Asked for just in case, and never presented.
        if (spare) await oauth.token(['contacts.read']);
        const authorization = `Bearer ${token.secret}`;
        const call = async (path: string): Promise<string> => {
          clock.pass(1);
          const answer = await request(calendar.url + path, { headers: { authorization } });
          if (answer.ok) return answer.text();
          throw Object.assign(new Error(await answer.text()), { status: answer.status });
        };
        const tools: ToolSet = Object.fromEntries(
          Object.entries(OFFERED).map(([name, { path, scope }]) => [
            name,
            aiTool({
              description: name,
              inputSchema: jsonSchema<object>({ type: 'object' }),
              execute: (_input, { toolCallId }) => {
                const about = { name, required_scopes: [scope], credential: token.recorded };
                return tool({ ...about, call_id: toolCallId }, () => call(path));
              },
            }),
          ]),
        );
        const think = () => clock.pass(vary(number, 5, 40));
        const told = { prompt: 'What is on today?', answer: 'Two meetings.', recordedAs: AGENT };
        await converse({ ...told, tools, steps, think });
      });

  const look = session('look_up', [list]);
  const twice = session('plan_day', [list, list]);
  const spare = session('look_up', [list], true);
  const rooms = session('find_room', [list, room]);
  return {
    today: [look, twice, spare, rooms],
    earlier: ({ ago, weekend }) => {
      if (weekend) return [look, look];
      const day = [look, twice, look, look, spare, look, twice, look, look];
      return ago % 7 === 0 ? [...day, rooms] : [...day, look];
    },
    morning: ({ ago, of }) => {
      scopes = of - ago < of * SMALL_PART ? FIRST : FIVE;
      // Half-way through, the server's tokens get a shorter life.
      life_s = of > 0 && ago < of / 2 ? SHORT_S : LONG_S;
    },
    close: async () => {
      await calendar.close();
      await as.close();
    },
  };
});
