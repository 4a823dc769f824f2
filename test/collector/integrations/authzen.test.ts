// AuthZEN against a decision point on loopback that behaves as the specification's examples, and as none should.
import { context, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../../../collector/index.ts';
import { authzen } from '../../../collector/integrations/authzen.ts';
import type { AuthzenRequest } from '../../../collector/integrations/authzen.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';

interface Seen {
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: AuthzenRequest & { evaluations?: AuthzenRequest[] };
}

let seen: Seen[] = [];
let answer: (response: ServerResponse, asked: Seen) => void;
const json = (response: ServerResponse, body: unknown): void => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'];
    const asked = { path: request.url, headers: request.headers, body };
    seen.push(asked);
    answer(response, asked);
  });
});

let recorder: Recorder;
let url: string;
beforeAll(async () => {
  recorder = startRecorder();
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  propagation.disable();
  await recorder.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  recorder.take();
  seen = [];
  answer = (response) => json(response, { decision: true });
});
const recorded = (): Record<string, unknown>[] => recorder.take().map(told);

const request: AuthzenRequest = {
  subject: { type: 'user', id: 'alice@acmecorp.com' },
  action: { name: 'can_read' },
  resource: { type: 'account', id: '123' },
  context: { time: '1985-10-26T01:22-07:00' },
};

describe('authzen', () => {
  it('sends the request as it is, with an id and the decision’s own trace context', async () => {
    const pdp = authzen(`${url}/`, { headers: { authorization: 'Bearer of-the-agent' } });
    const decision = await task({ agent: 'desk' }, () =>
      pdp.evaluation(request, { credential: 'of-the-agent' }),
    );
    expect(decision).toMatchObject({
      effect: 'allow',
      allowed: true,
      response: { decision: true },
    });
    expect(seen).toMatchObject([
      {
        path: '/access/v1/evaluation',
        headers: {
          authorization: 'Bearer of-the-agent',
          'x-request-id': decision.decision_id,
          traceparent: decision.traceparent,
        },
      },
    ]);
    expect(seen[0]?.body).toEqual(request);
    const [span] = recorder.take();
    expect(told(span)).toMatchObject({
      'gen_ai.agent.name': 'desk',
      'footprint.permission': 'account:can_read',
      'footprint.principal.type': 'user',
      'footprint.resource.id': '123',
      'footprint.policy.engine': 'authzen',
      'footprint.decision.reason': 'permitted',
    });
    expect(JSON.stringify(span?.attributes)).not.toContain('of-the-agent');
  });

  it.each([
    [{ reason: 'quota_exceeded' }, 'quota_exceeded'],
    [{ reason: 'Alice has used up her quota' }, 'denied'],
    [{ reason_admin: { en: 'Request failed policy C076E82F' } }, 'denied'],
    [{ error: { status: 404, message: 'Resource not found' } }, 'error_404'],
  ])('records a denial with %j as %s, and no sentence', async (told_, reason) => {
    answer = (response) => json(response, { decision: false, context: told_ });
    const decision = await authzen(url).evaluation(request);
    expect(decision).toMatchObject({ effect: 'deny', allowed: false, reason });
    expect(decision.response).toEqual({ decision: false, context: told_ });
    expect(recorded()).toMatchObject([{ 'footprint.decision.reason': reason }]);
  });

  it('asks for several at once, answered in order; one that is missing is an error', async () => {
    answer = (response) =>
      json(response, { evaluations: [{ decision: true }, { decision: false }] });
    const pdp = authzen(url, { context_id: 'request.id', engine: 'topaz' });
    const decisions = await pdp.evaluations([request, request, request]);
    expect(decisions.map(({ effect }) => effect)).toEqual(['allow', 'deny', 'error']);
    expect(seen).toHaveLength(1);
    const id = String(seen[0]?.headers['x-request-id']);
    expect(seen[0]?.path).toBe('/access/v1/evaluations');
    expect(seen[0]?.body.evaluations?.[2]?.context).toEqual({
      ...request.context,
      'request.id': id,
    });
    expect(decisions.slice(0, 2).map((one) => one.decision_id)).toEqual([`${id}#0`, `${id}#1`]);
    expect(recorded().map((one) => one['footprint.policy.engine'])).toEqual([
      'topaz',
      'topaz',
      'topaz',
    ]);
    expect(await pdp.evaluations([])).toEqual([]);
  });

  it('names the one decision of a batch of one by the request’s id, as the engine’s log does', async () => {
    answer = (response) => json(response, { evaluations: [{ decision: true }] });
    const [decision] = await authzen(url).evaluations([request]);
    expect(decision?.decision_id).toBe(seen[0]?.headers['x-request-id']);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['a fault', (response) => response.writeHead(503).end('{"decision":true}'), 'http_503'],
    ['a refusal', (response) => response.writeHead(401).end(), 'http_401'],
    ['no JSON', (response) => void response.end('<html>'), 'not_json'],
    ['no decision', (response) => json(response, { allow: true }), 'no_answer'],
    ['a word', (response) => json(response, { decision: 'true' }), 'no_answer'],
    [
      'too much',
      (response) => json(response, { decision: true, pad: 'x'.repeat(2 ** 21) }),
      'too_large',
    ],
    ['nothing in time', () => undefined, 'timeout'],
    ['a closed connection', (response) => void response.destroy(), 'UND_ERR_SOCKET'],
    [
      'another address',
      (response) => response.writeHead(307, { location: '/x' }).end(),
      'TypeError',
    ],
  ])('takes %s for a failure, and fails closed', async (_, manner, type) => {
    answer = manner;
    const decision = await authzen(url, { timeout_ms: 300 }).evaluation(request);
    expect(decision).toMatchObject({ effect: 'error', allowed: false, enforcement: 'fail_closed' });
    expect(decision.response).toBeUndefined();
    expect(seen).toHaveLength(1);
    expect(recorder.take().map((span) => span.attributes['error.type'])).toEqual([type]);
  });

  it('never rejects, whatever it is given', async () => {
    const odd = undefined as unknown as AuthzenRequest;
    expect(await authzen('no address').evaluation(request)).toMatchObject({ effect: 'error' });
    expect(await authzen(url, { context_id: 'id' }).evaluation(odd)).toMatchObject({
      effect: 'error',
    });
    const circular = { ...request, context: {} as Record<string, unknown> };
    circular.context['self'] = circular;
    expect(await authzen(url).evaluation(circular)).toMatchObject({ effect: 'error' });
    const noList = undefined as unknown as AuthzenRequest[];
    expect(await authzen(url).evaluations(noList)).toEqual([]);
  });

  it('leaves the span around it the active one', async () => {
    const tracer = trace.getTracer('host');
    await tracer.startActiveSpan('host', async (host) => {
      await authzen(url).evaluation(request);
      expect(trace.getSpan(context.active())).toBe(host);
      host.end();
    });
  });
});
