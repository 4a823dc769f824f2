// Sends what somebody decided to the HTTP API, with the contract's types on what comes back.
import type { Answers } from '../../server/api/contract.ts';
import { ApiError, apiAddress, readError, type Params } from './api.ts';

type Act = Exclude<keyof Answers, `GET ${string}`>;

/** `act('PUT /api/v1/exemptions', {}, body)`; the path's names are filled from `params`. Throws ApiError. */
export const act = async <A extends Act>(
  name: A,
  params: Params = {},
  body?: unknown,
): Promise<Answers[A]> => {
  const [method = '', path = ''] = name.split(' /api/v1');
  const response = await fetch(apiAddress(path, params), {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError('unreachable', 'the server cannot be reached', 0, null);
  });
  if (!response.ok) throw await readError(response);
  return (await response.json()) as Answers[A];
};
