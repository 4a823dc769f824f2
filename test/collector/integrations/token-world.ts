// What the tests of token integrations share: a resource server, signed subjects, and the look for secrets in spans.
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from '../../engines/credentials/packages.ts';
import { told } from '../recorder.ts';

/** Names and attributes of spans, in the order in which they ended. */
export const shown = (spans: ReadableSpan[]): [string, Record<string, unknown>][] =>
  spans.map((span) => [span.name, told(span)]);

/** Secrets are at least this long, or the look for them would find words. */
export const appearsIn = (spans: ReadableSpan[], secrets: string[]): string[] => {
  const text = JSON.stringify(
    spans.map(({ name, attributes, events, links, status, resource }) => [
      name,
      attributes,
      events,
      links,
      status,
      resource.attributes,
    ]),
  );
  return secrets.filter((secret) => secret.length >= 8 && text.includes(secret));
};

export interface ResourceServer {
  url: string;
  close: () => Promise<void>;
}

/** Refuses `/send` for want of a scope and `/gone` for a bad token; all else is well. */
export const startResourceServer = async (): Promise<ResourceServer> => {
  const server = createServer((request, response) => {
    if (request.url === '/send') {
      const challenge = 'Bearer error="insufficient_scope", scope="mail:send mail:draft"';
      response.writeHead(403, { 'www-authenticate': challenge }).end();
    } else if (request.url === '/gone') {
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

const KEY = new TextEncoder().encode('a key that only the tests know, of a good length');

/** A JWT of somebody else's, with a life of five minutes. */
export const signed = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(KEY);
