// Reads what a fetch was asked and answered, as far as OAuth needs it: small forms and small JSON, never a stream.
import { field, texts } from '../read.ts';

/** A token endpoint's form or answer takes some kilobytes; what is longer is not read. */
const MAX_BODY_CHARS = 262_144;

export type FetchArguments = Parameters<typeof globalThis.fetch>;
export type Param = (name: string) => string | undefined;

/** A request as it was handed to fetch. */
export interface Asked {
  url: string;
  method: string;
  header: (name: string) => string | undefined;
  /** The parameters of a form or of a JSON object; undefined where the body is neither. */
  param: Param | undefined;
}

const parametersOf = (body: unknown, type: string): Param | undefined => {
  if (body instanceof URLSearchParams) return (name) => body.get(name) ?? undefined;
  if (typeof body !== 'string' || body === '' || body.length > MAX_BODY_CHARS) return undefined;
  if (type.includes('json')) {
    // Most JSON that is posted is no OAuth request, and is not worth reading.
    if (!/"(grant_type|token)"/.test(body)) return undefined;
    const value: unknown = JSON.parse(body);
    return (name) => {
      const found = field(value, name);
      return typeof found === 'string' ? found : undefined;
    };
  }
  const form = type.includes('x-www-form-urlencoded') ? new URLSearchParams(body) : undefined;
  return form && ((name) => form.get(name) ?? undefined);
};

/** What is about to be fetched. A Request's own body is read from a copy. Rejects where it cannot be read. */
export const readRequest = async (
  input: FetchArguments[0],
  init: FetchArguments[1],
): Promise<Asked> => {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const headers = new Headers(init?.headers ?? request?.headers);
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
  const type = headers.get('content-type') ?? '';
  const copied = request !== undefined && init?.body === undefined && type.includes('urlencoded');
  const body = method !== 'POST' ? undefined : copied ? await request.clone().text() : init?.body;
  return {
    url: input instanceof URL ? input.href : (request?.url ?? (input as string)),
    method,
    header: (name) => headers.get(name) ?? undefined,
    param: guardedParameters(body, type),
  };
};

const guardedParameters = (body: unknown, type: string): Param | undefined => {
  try {
    return parametersOf(body, type);
  } catch {
    return undefined;
  }
};

/** The JSON of an answer, read from a copy, so that the caller reads its own; undefined where it is none. */
export const readAnswer = async (response: Response): Promise<unknown> => {
  const type = response.headers.get('content-type') ?? '';
  const length = Number(response.headers.get('content-length') ?? 0);
  if (!type.includes('json') || length > MAX_BODY_CHARS || response.bodyUsed) return undefined;
  try {
    return JSON.parse(await response.clone().text()) as unknown;
  } catch {
    return undefined;
  }
};

/** The scheme and token of an `Authorization: Bearer` (RFC 6750) or `DPoP` (RFC 9449) header. */
export const presentedToken = (asked: Asked): string | undefined =>
  /^(?:bearer|dpop) +(\S+)$/i.exec(asked.header('authorization')?.trim() ?? '')?.[1];

/** The scopes that a refusal asks for (RFC 6750, 3.1), where it is for want of scopes. */
export const wantedScopes = (response: Response): string[] => {
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (!/error="?insufficient_scope/i.test(challenge)) return [];
  return texts(/\bscope="([^"]*)"/i.exec(challenge)?.[1] ?? '') ?? [];
};
