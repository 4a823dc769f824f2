// A calendar over HTTP: it answers a request whose token has the path's scope, and says which one is missing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const FORBIDDEN = 403;
const UNAUTHORIZED = 401;

export interface Calendar {
  url: string;
  close: () => Promise<void>;
}

/** Starts it on a free port of loopback. `scopes` says what a path needs (RFC 6750, 3.1). */
export const startCalendar = async (
  scopes: ReadonlyMap<string, string>,
  introspect: (secret: string) => Promise<{ active: boolean; scopes: string[] }>,
): Promise<Calendar> => {
  const server = createServer((request, response) => {
    const scope = scopes.get(request.url ?? '') ?? '';
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    void introspect(token).then((told) => {
      if (!told.active) return response.writeHead(UNAUTHORIZED).end('no live token');
      if (told.scopes.includes(scope)) return response.end('09:00 stand-up, 14:00 review');
      const error = `Bearer error="insufficient_scope", scope="${scope}"`;
      return response
        .writeHead(FORBIDDEN, { 'www-authenticate': error })
        .end(`insufficient_scope: ${scope}`);
    });
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
