// An MCP client: its tools/list is the grant, its tools/call the use, and the server is told the trace.
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { guard, observe, report } from '../guard.ts';
import { attributesOf } from '../producer.ts';
import { field, text, textField } from '../read.ts';
import { taskOf } from '../span.ts';
import { surface } from '../surface.ts';
import { action } from '../tool.ts';
import type { CredentialRef, ToolOptions } from '../types.ts';

/** Which server a client is connected to, and what pays for its calls. */
export interface McpClientOptions {
  /** The server's name in the agent's configuration; permissions are `mcp.<server>:<tool>`. */
  server: string;
  /** The agent, where it calls outside a task. */
  agent?: string;
  /** The credential that pays for the calls, or for one tool's. */
  credential?: CredentialRef | ((tool: string) => CredentialRef | undefined);
  /** OAuth scopes that a call of this tool exercises. */
  required_scopes?: (tool: string) => readonly string[] | undefined;
}

/** The same list is told again after this long, should the first telling be lost. */
const RETELL_MS = 3_600_000;
/** Lists being read page by page at a time; one that is left half read is forgotten. */
const MAX_PAGED_LISTS = 16;

type Call = (this: unknown, ...args: unknown[]) => unknown;

const wrapped = new WeakSet<object>();

/** Puts `make(original)` in the place of a method of this object alone. */
const replace = (target: object, method: string, make: (original: Call) => Call): void => {
  const original = field(target, method);
  if (typeof original !== 'function') return report(`no method ${method} to record`);
  Reflect.set(target, method, make(original as Call));
};

/** What a call tells the other side of where it is (MCP `_meta`: W3C trace context). Baggage is the agent's own. */
const withTrace = (params: unknown): unknown =>
  guard(
    'passing the trace on',
    () => {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      const { traceparent, tracestate } = carrier;
      if (traceparent === undefined || typeof params !== 'object' || params === null) return params;
      const told = { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
      const own = field(params, '_meta');
      return { ...params, _meta: { ...told, ...(typeof own === 'object' ? own : {}) } };
    },
    params,
  );

/** The name under which a framework calls this tool now: agents put the server's name before it. */
const nameInFramework = (tool: string): string => {
  const active = attributesOf(trace.getSpan(context.active()));
  const name = text(active?.['gen_ai.tool.name']) ?? text(active?.['ai.toolCall.name']);
  return name?.endsWith(tool) === true ? name : tool;
};

const wrapCalls = (client: object, options: McpClientOptions): void =>
  replace(client, 'callTool', (original) => (...args) => {
    const run = (): unknown => original.apply(client, [withTrace(args[0]), ...args.slice(1)]);
    const tool = textField(args[0], 'name') ?? 'unknown';
    const told = guard<ToolOptions>(
      'reading a call',
      () => {
        const { server, agent, credential, required_scopes } = options;
        const paid = typeof credential === 'function' ? credential(tool) : credential;
        const scopes = required_scopes?.(tool);
        return {
          name: nameInFramework(tool),
          permission: `mcp.${server}:${tool}`,
          ...(agent === undefined ? {} : { agent }),
          ...(paid === undefined ? {} : { credential: paid }),
          ...(scopes === undefined ? {} : { required_scopes: scopes }),
        };
      },
      { name: tool },
    );
    const attributes = {
      'mcp.method.name': 'tools/call',
      'mcp.session.id': textField(field(client, 'transport'), 'sessionId'),
    };
    return action(told, run, { name: `tools/call ${tool}`, kind: SpanKind.CLIENT, attributes });
  });

/** Tells each whole list once, and again where it changed, page by page as it comes. */
const wrapLists = (client: object, { server, agent }: McpClientOptions): void => {
  const paged = new Map<string, readonly string[]>();
  const last = { key: '', at: 0 };
  const tell = (names: readonly string[]): void => {
    const holder = agent ?? taskOf(context.active())?.['gen_ai.agent.name'] ?? '';
    const key = JSON.stringify([holder, names]);
    if (key === last.key && Date.now() - last.at < RETELL_MS) return;
    Object.assign(last, { key, at: Date.now() });
    const held = names.map((name) => ({ permission: `mcp.${server}:${name}` }));
    surface(held, { source: `mcp.${server}`, ...(agent === undefined ? {} : { agent }) });
  };
  const read = (cursor: string | undefined, result: unknown): void => {
    const tools = field(result, 'tools');
    const before = cursor === undefined ? [] : paged.get(cursor);
    if (!Array.isArray(tools) || before === undefined) return;
    if (cursor !== undefined) paged.delete(cursor);
    const names = [...before, ...tools.flatMap((tool) => textField(tool, 'name') ?? [])];
    const next = textField(result, 'nextCursor');
    if (next === undefined) return tell(names);
    if (paged.size >= MAX_PAGED_LISTS) paged.clear();
    paged.set(next, names);
  };
  replace(
    client,
    'listTools',
    (original) =>
      (...args) =>
        observe(
          () => original.apply(client, args),
          (outcome) => {
            if (outcome.ok) read(textField(args[0], 'cursor'), outcome.value);
          },
        ),
  );
};

/**
 * Records what an MCP client is granted and does, and gives back the same client; a second time changes nothing.
 * A list of tools becomes the surface of source `mcp.<server>`, a call a span `tools/call {tool}` (OpenTelemetry's MCP
 * conventions) or, inside a framework's span of the same tool, attributes of that. `isError` with a text that says so,
 * and HTTP 403, are denials. The server is told the trace in `_meta` (`traceparent`, SEP-414). Never throws.
 */
export const mcpClient = <C extends object>(client: C, options: McpClientOptions): C => {
  guard(
    'wrapping an MCP client',
    () => {
      if (wrapped.has(client)) return;
      wrapped.add(client);
      wrapCalls(client, options);
      wrapLists(client, options);
    },
    undefined,
  );
  return client;
};
