// A webhook: a signed POST that Slack understands too, to an address that is checked on the socket that carries it.
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkUrl, isListed, isPublic } from './address.ts';

/** A receiver that takes longer has trouble of its own; the next try may find it well. */
const TIMEOUT_MS = 10_000;

export interface Posted {
  ok: boolean;
  /** For the log and the page: a status or a kind of fault, never the URL or a body. */
  detail: string;
  /** True where asking again may help. */
  again: boolean;
}

/** The signature of a body: HMAC-SHA256 over `<time>.<body>`, so that an old one cannot be sent again. */
export const signatureOf = (secret: string, time: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;

/** Slack's own escapes: agent-chosen text must not ring a bell or become a link. */
export const slack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One try. Redirects are not followed; nothing of the answer is read but its status. */
export const post = async ({
  url: told,
  secret,
  body,
  hosts,
  now,
  headers,
}: {
  url: string;
  secret: string;
  body: string;
  hosts: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
  /** Name what is sent, so that a receiver knows one that comes again. */
  headers: Readonly<Record<string, string>>;
}): Promise<Posted> => {
  const url = checkUrl(told, hosts);
  const listed = isListed(url, hosts);
  const time = String(Math.floor(now / 1000));
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const failed = (detail: string, again: boolean): void => resolve({ ok: false, detail, again });
    const sent = request(
      url,
      {
        method: 'POST',
        // No pooled socket: each is looked up, and each address is checked.
        agent: false,
        ...(listed ? {} : { lookup: publicLookup }),
        timeout: TIMEOUT_MS,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'footprint',
          ...headers,
          'footprint-time': time,
          'footprint-signature': signatureOf(secret, time, body),
        },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        if (status >= 200 && status < 300)
          resolve({ ok: true, detail: `HTTP ${status}`, again: false });
        else if (status >= 300 && status < 400)
          failed(`HTTP ${status}: redirects are not followed`, false);
        else failed(`HTTP ${status}`, status === 408 || status === 429 || status >= 500);
      },
    );
    sent.on('socket', (socket) => {
      socket.once('connect', () => {
        if (listed || isPublic(socket.remoteAddress ?? '')) return;
        sent.destroy(new Refused());
      });
    });
    const deadline = setTimeout(() => sent.destroy(new Error('ETIMEDOUT')), TIMEOUT_MS);
    sent.on('close', () => clearTimeout(deadline));
    sent.on('timeout', () => sent.destroy(new Error('ETIMEDOUT')));
    sent.on('error', (error) => {
      if (error instanceof Refused) failed('the name leads to a private address', false);
      else failed(codeOf(error), true);
    });
    sent.end(body);
  });
};

class Refused extends Error {}

/** A name that leads to any address that is not public is refused before a socket is opened. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) done(error, '', 0);
    else if (!addresses.every(({ address }) => isPublic(address))) done(new Refused(), '', 0);
    else if (options.all === true) done(null, addresses);
    else done(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
  });
};

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : 'the connection failed';
