// An MCP server: the calls that it serves, in the trace of the client that makes them, with the token it came with.
import type { Context } from '@opentelemetry/api';
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { ATTR } from '../attributes.ts';
import { guard, observe, report } from '../guard.ts';
import { credentialOf } from '../parts.ts';
import { field, instant, textField, texts } from '../read.ts';
import type { Draft } from '../span.ts';
import { inside } from '../span.ts';
import { action } from '../tool.ts';

export interface McpServerOptions {
  /** Permissions of callers that tell no trace are `mcp.<server>:<tool>`. */
  server: string;
}

/** Calls that may be open on one connection; beyond them the server serves on, and does not record. */
const MAX_OPEN_CALLS = 10_000;
/** Why a call ended without an answer. */
const CANCELLED = 'cancelled';
const CLOSED = 'connection_closed';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Where the client said that it is. */
const callerContext = (params: unknown): Context | undefined =>
  guard(
    'reading the trace of a call',
    () => {
      const meta = field(params, '_meta');
      const carrier = {
        traceparent: textField(meta, 'traceparent'),
        tracestate: textField(meta, 'tracestate'),
      };
      const told = propagation.extract(context.active(), carrier);
      return trace.getSpanContext(told)?.isRemote === true ? told : undefined;
    },
    undefined,
  );

/** Who calls, and with which token, as the server's own check of it found (`authInfo`). */
const callerAttributes = (extra: unknown, joined: boolean): Draft => {
  const auth = field(extra, 'authInfo');
  if (auth === undefined) return {};
  const client = textField(auth, 'clientId');
  const seconds = field(auth, 'expiresAt');
  return {
    // In the client's trace the agent is the client's; even an empty name of ours would hide it.
    ...(joined || client === undefined ? {} : { 'gen_ai.agent.name': client }),
    [ATTR.agent_identity_id]: client,
    [ATTR.agent_identity_type]: client === undefined ? undefined : 'oauth_client',
    [ATTR.credential_fingerprint]: credentialOf(field(auth, 'token')),
    [ATTR.credential_type]: 'oauth_access_token',
    [ATTR.credential_scopes]: texts(field(auth, 'scopes')),
    [ATTR.credential_expires_at]: typeof seconds === 'number' ? instant(seconds * 1000) : undefined,
  };
};

/** Ends the span of a call with the server's answer to it, or with the name of why there is none (JSON-RPC). */
type Settle = (response: unknown) => void;

/** Serves one request inside a span that ends with the answer to it. */
const recordCall = (
  message: unknown,
  extra: unknown,
  { server }: McpServerOptions,
  serve: (settle: Settle) => void,
): void => {
  const params = field(message, 'params');
  const tool = textField(params, 'name') ?? 'unknown';
  const caller = callerContext(params);
  const joined = caller !== undefined;
  // Inside the client's trace the client's own name of the tool stands.
  const told = joined ? { name: tool } : { name: tool, permission: `mcp.${server}:${tool}` };
  const who = guard('reading a caller', () => callerAttributes(extra, joined), {});
  const attributes = { 'mcp.method.name': 'tools/call', ...who };
  const run = (): Promise<unknown> => {
    let settle: Settle = () => undefined;
    const answer = new Promise<unknown>((resolve, reject) => {
      settle = (response) => {
        const error = field(response, 'error') as Error | undefined;
        if (error === undefined) resolve(field(response, 'result'));
        else reject(error);
      };
    });
    answer.catch(() => undefined);
    serve(settle);
    return answer;
  };
  const form = { name: `tools/call ${tool}`, kind: SpanKind.SERVER, attributes };
  inside(caller, () => action(told, run, form)).catch(() => undefined);
};

/** Watches what a connected transport carries: requests as they come in, answers as they go out. */
const watch = (transport: object, options: McpServerOptions): void => {
  const receive = field(transport, 'onmessage');
  const send = field(transport, 'send');
  const close = field(transport, 'onclose');
  if (typeof receive !== 'function' || typeof send !== 'function')
    return report('a transport of MCP has neither onmessage nor send');
  const open = new Map<unknown, Settle>();
  const end = (id: unknown, response: unknown): void => {
    open.get(id)?.(response);
    open.delete(id);
  };
  const onmessage: Method = (message, extra, ...rest) => {
    const serve = (): unknown => receive.call(transport, message, extra, ...rest) as unknown;
    const method = field(message, 'method');
    const id = field(message, 'id');
    if (method === 'notifications/cancelled')
      end(field(field(message, 'params'), 'requestId'), { error: { code: CANCELLED } });
    if (method !== 'tools/call' || id === undefined || open.has(id) || open.size >= MAX_OPEN_CALLS)
      return serve();
    return recordCall(message, extra, options, (settle) => {
      open.set(id, settle);
      serve();
    });
  };
  const answer: Method = (message, ...rest) => {
    if (field(message, 'method') === undefined) end(field(message, 'id'), message);
    return send.call(transport, message, ...rest) as unknown;
  };
  const onclose: Method = (...args) => {
    for (const id of [...open.keys()]) end(id, { error: { code: CLOSED } });
    return typeof close === 'function' ? (close.apply(transport, args) as unknown) : undefined;
  };
  Object.assign(transport, { onmessage, send: answer, onclose });
};

const wrapped = new WeakSet<object>();

/**
 * Records the tool calls that an MCP server (`McpServer`, or the low-level `Server`) serves, as spans `tools/call {tool}`
 * (OpenTelemetry's MCP conventions), and gives back the same server. A call joins the trace that its client tells in
 * `_meta` (`traceparent`); one that tells none is a use of the OAuth client that makes it. The token of the request is
 * told by its fingerprint, with its scopes and its end. Call it before `connect`; a second time changes nothing.
 * Refusals that happen before the server is reached, such as HTTP 403, are seen by the client alone. Never throws.
 */
export const mcpServer = <S extends object>(server: S, options: McpServerOptions): S => {
  guard(
    'wrapping an MCP server',
    () => {
      const connect = field(server, 'connect');
      if (wrapped.has(server)) return;
      if (typeof connect !== 'function') return report('an MCP server has no method connect');
      wrapped.add(server);
      const connected: Method = (transport, ...rest) =>
        observe(
          () => connect.call(server, transport, ...rest) as unknown,
          ({ ok }) => {
            if (ok && typeof transport === 'object' && transport !== null)
              watch(transport, options);
          },
        );
      Object.assign(server, { connect: connected });
    },
    undefined,
  );
  return server;
};
