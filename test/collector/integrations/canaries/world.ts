// A server on loopback that says a planted text in everything it answers: to engines' clients, OAuth clients and agents.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one integration handles one planted text; what it throws is of no matter, what it sends is. */
export type Plant = (text: string) => Promise<unknown>;

/** An integration, set up once, that takes planted texts one after the other. */
export interface Handler {
  plant: Plant;
  close?: () => Promise<unknown>;
}

export interface World {
  url: string;
  /** The text that all is about from now on. */
  say: (text: string) => void;
  close: () => Promise<void>;
}

/** A header holds one line. */
export const line = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').trim();

interface CerbosBody {
  requestId: string;
  resources: { resource: { kind: string; id: string }; actions: string[] }[];
}

/** An answer to each path: what an engine, a token endpoint or a resource would say, with the text wherever it may be. */
const ANSWERS: Record<string, (text: string, body: unknown, base: string) => unknown> = {
  '.well-known': (_text, _body, issuer) => ({
    issuer,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
  }),
  introspect: (text) => ({
    ...{ active: true, client_id: text, username: text, scope: text, iss: text, aud: [text] },
    ...{ sub: text, jti: text, act: { sub: text }, cnf: { jkt: text } },
  }),
  data: (text) => ({
    decision_id: text,
    result: { allow: false, rules: [text], reason: text },
    provenance: { bundles: { desk: { revision: text } } },
  }),
  evaluation: (text) => ({
    decision: false,
    context: { reason: text, error: { status: text, message: text } },
  }),
  evaluations: (text) => ({ evaluations: [{ decision: true, context: { reason: text } }] }),
  check: (text) => ({ allowed: false, resolution: text }),
  'check/resources': (text, body) => {
    const { requestId, resources } = body as CerbosBody;
    const results = resources.map(({ resource, actions }) => ({
      resource,
      actions: Object.fromEntries(actions.map((action) => [action, 'EFFECT_DENY'])),
      meta: {
        actions: Object.fromEntries(
          actions.map((action) => [action, { matchedPolicy: text, matchedScope: text }]),
        ),
      },
      outputs: [{ src: text, val: text }],
    }));
    return { requestId, results };
  },
  token: (text) => ({
    access_token: text,
    refresh_token: `${text}-again`,
    token_type: 'Bearer',
    scope: text,
    expires_in: 60,
  }),
};

const answer = (
  text: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): unknown => {
  const [, manner = '', ...path] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  const base = `http://${request.headers.host ?? ''}/${manner}`;
  response.setHeader('x-note', line(text));
  response.setHeader('content-type', 'application/json');
  if (manner === 'failing') return response.writeHead(500).end(JSON.stringify({ message: text }));
  if (manner === 'refusing') {
    const told = { error: 'invalid_scope', error_description: line(text).replace(/["\\]/g, '') };
    return response.writeHead(400).end(JSON.stringify(told));
  }
  if (manner === 'forbidding') {
    const scope = line(text).replace(/["\\]/g, '');
    const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
    return response.writeHead(403, { 'www-authenticate': challenge }).end('{}');
  }
  const known = Object.keys(ANSWERS).filter((one) => `/${path.join('/')}`.includes(`/${one}`));
  const make = ANSWERS[known.sort((a, b) => b.length - a.length)[0] ?? ''];
  const told = make?.(text, body.startsWith('{') ? JSON.parse(body) : undefined, base);
  return response.end(JSON.stringify(told ?? { note: text }));
};

export const startWorld = async (): Promise<World> => {
  let text = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(text, request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    say: (said) => (text = said),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
