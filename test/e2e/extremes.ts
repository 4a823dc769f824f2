// Agents at the edges of what a page must bear: a crowd, one alone, a thousand permissions, hostile names.
import { jsonBytes, request, span } from '../server/otlp-requests.ts';
import type { Value } from '../server/otlp-requests.ts';

const MINUTE_MS = 60_000;
/** What the wire allows in one snapshot; larger surfaces come in parts. */
const PERMISSIONS_A_PART = 500;
const SPANS_A_REQUEST = 2000;
const AGENTS_IN_CROWD = 200;
const PERMISSIONS_OF_WIDE = 1200;

/** Sixty characters without a place to break. */
export const LONG_NAME = 'procurement_of_everything_that_the_whole_group_ever_ordered_';
/** Hebrew after a right-to-left override, with a control character and a zero-width one. */
export const ODD_NAME = 'סוכן\u202Eevil\u0007\u200B رجل';
/** Markup, and every sign that a path and a query give a meaning to. */
export const MARKUP_NAME = '<img src=x onerror=alert(1)>/../?&#%';

export const ENVIRONMENTS = {
  crowd: 'crowd',
  alone: 'alone',
  wide: 'wide',
  odd: 'odd-environment-with-a-name-of-its-own-that-is-long',
} as const;

interface Agent {
  name: string;
  environment: string;
  /** Granted by a tool list; null where no source tells. */
  granted: readonly string[] | null;
  used: readonly string[];
}

let counted = 0;
const hex = (digits: number): string => (counted += 1).toString(16).padStart(digits, '0');
const nanos = (ms: number): string => `${Math.round(ms)}000000`;

/** The spans of one session of an agent: what it was given, and a call of each tool it used. */
const session = ({ name, environment, granted, used }: Agent, began_ms: number) => {
  const traceId = hex(32);
  const at = (offset_ms: number, length_ms: number) => ({
    startTimeUnixNano: nanos(began_ms + offset_ms),
    endTimeUnixNano: nanos(began_ms + offset_ms + length_ms),
  });
  const rootId = hex(16);
  const about: Record<string, Value> = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': name,
    'gen_ai.conversation.id': `${name}/${traceId}`,
  };
  const length_ms = 1000 * (used.length + 2);
  const spans = [
    span(about, { traceId, spanId: rootId, name: 'invoke_agent', ...at(0, length_ms) }),
    ...used.map((tool, index) =>
      span(
        { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool },
        {
          traceId,
          spanId: hex(16),
          parentSpanId: rootId,
          name: `execute_tool ${tool}`,
          ...at(1000 * (index + 1), 600),
        },
      ),
    ),
  ];
  const all = granted ?? [];
  const parts = Math.ceil(all.length / PERMISSIONS_A_PART);
  for (let part = 0; part < parts; part += 1) {
    const chunk = all.slice(part * PERMISSIONS_A_PART, (part + 1) * PERMISSIONS_A_PART);
    const told: Record<string, Value> = {
      'footprint.schema': 1,
      'gen_ai.agent.name': name,
      'footprint.surface.permissions': chunk.map((tool) => `tool:${tool}|*`),
      'footprint.surface.source': 'tool_list',
      'footprint.surface.part': part + 1,
      'footprint.surface.parts': parts,
    };
    const more = { traceId, spanId: hex(16), parentSpanId: rootId, name: 'surface_snapshot' };
    spans.push(span(told, { ...more, ...at(500, 1) }));
  }
  return { environment, spans };
};

const VERBS = ['read', 'list', 'create', 'update', 'delete', 'send', 'run', 'export'];
const THINGS = ['invoice', 'ticket', 'vendor', 'calendar', 'contract', 'asset', 'employee', 'file'];

/** `read_invoice_0`, `list_invoice_0`, …: names as large tool servers have them. */
export const toolNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => {
    const verb = VERBS[index % VERBS.length] ?? '';
    const thing = THINGS[Math.floor(index / VERBS.length) % THINGS.length] ?? '';
    return `${verb}_${thing}_${Math.floor(index / (VERBS.length * THINGS.length))}`;
  });

const crowd = (): Agent[] => {
  const tools = toolNames(24);
  return Array.from({ length: AGENTS_IN_CROWD }, (_, index) => {
    const granted = tools.filter((_tool, at) => (at + index) % 4 !== 0);
    return {
      name: `worker-${String(index).padStart(3, '0')}`,
      environment: ENVIRONMENTS.crowd,
      granted,
      used: granted.filter((_tool, at) => (at * 7 + index) % 5 === 0),
    };
  });
};

const few = (): Agent[] => {
  const odd = ENVIRONMENTS.odd;
  const used = ['read_invoice_0', LONG_NAME, ODD_NAME];
  const wide = toolNames(PERMISSIONS_OF_WIDE);
  return [
    { name: 'hermit', environment: ENVIRONMENTS.alone, granted: null, used: ['look_up'] },
    { name: 'octopus', environment: ENVIRONMENTS.wide, granted: wide, used: wide.slice(0, 9) },
    { name: 'minnow', environment: ENVIRONMENTS.wide, granted: wide.slice(0, 3), used: [] },
    { name: LONG_NAME, environment: odd, granted: [...used, `delete_${LONG_NAME}`], used },
    { name: ODD_NAME, environment: odd, granted: used, used: used.slice(0, 1) },
    { name: MARKUP_NAME, environment: odd, granted: used, used: used.slice(1) },
  ];
};

/** Sends all of them; resolves with the number of agents once every span is acknowledged. */
export const sendExtremes = async (url: string): Promise<number> => {
  const agents = [...crowd(), ...few()];
  const now = Date.now();
  const sessions = agents.map((agent, at) => session(agent, now - MINUTE_MS * (90 + at)));
  for (const environment of Object.values(ENVIRONMENTS)) {
    const spans = sessions.filter((one) => one.environment === environment);
    const all = spans.flatMap((one) => one.spans);
    for (let from = 0; from < all.length; from += SPANS_A_REQUEST) {
      const resource = { 'deployment.environment.name': environment };
      const answer = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(
          jsonBytes(request(all.slice(from, from + SPANS_A_REQUEST), { resource })),
        ),
      });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    }
  }
  return agents.length;
};
