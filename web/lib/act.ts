// Acts through the HTTP API: what is not a question.
import type { Answers } from '../../server/api/contract.ts';
import { ApiError, apiAddress } from './api.ts';
import type { Params } from './api.ts';

type Act = {
  [K in keyof Answers]: K extends `GET ${string}`
    ? never
    : K extends `${string} /api/v1${string}`
      ? K
      : never;
}[keyof Answers];

/** One act, `POST /api/v1/reports/{name}/run`; `{name}` is filled from `params`. Throws ApiError. */
export const act = async <K extends Act>(
  what: K,
  params: Params = {},
  body?: unknown,
): Promise<Answers[K]> => {
  const [method = 'POST', path = ''] = what.split(' /api/v1');
  let response: Response;
  try {
    response = await fetch(apiAddress(path, params), {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError('unreachable', 'the server cannot be reached', 0, null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as Answers[K];
  const { error } = (answer ?? {}) as {
    error?: { code: string; message: string; request_id: string };
  };
  throw new ApiError(
    error?.code ?? 'internal',
    error?.message ?? `the server answered ${response.status}`,
    response.status,
    error?.request_id ?? null,
  );
};
