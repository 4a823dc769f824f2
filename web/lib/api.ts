// Asks the HTTP API, with the contract's types on what comes back.
import type { Answers as Contract, ErrorBody, Page } from '../../server/api/contract.ts';

/** What each route answers, by its path behind /api/v1; `{name}` is filled from the parameter of that name. */
export type Answers = {
  [K in keyof Contract as K extends `GET /api/v1${infer Path}` ? Path : never]: Contract[K];
};

export type Route = keyof Answers;
/** The routes that answer rows, a page at a time. */
export type ListRoute = {
  [R in Route]: Answers[R] extends Page<unknown> ? R : never;
}[Route];
export type RowOf<R extends ListRoute> = Answers[R] extends Page<infer Row> ? Row : never;

/** Parameters of a request: null and undefined are left out, a list repeats its name. */
export type Params = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/** A refusal or failure of the API, or of the way to it (code `unreachable`). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;

  constructor(code: string, message: string, status: number, requestId: string | null) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

const BASE = '/api/v1';

/** The address of a route with its parameters, as links for export need it too. */
export const apiAddress = (route: string, params: Params): string => {
  const search = new URLSearchParams();
  let path = route;
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue;
    if (path.includes(`{${name}}`)) {
      path = path.replace(`{${name}}`, () => encodeURIComponent(String(value)));
    } else if (typeof value === 'object') for (const one of value) search.append(name, one);
    else search.set(name, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
};

/** What an answer that is no success says. */
export const readError = async (response: Response): Promise<ApiError> => {
  const fallback = `the server answered ${response.status}`;
  try {
    const body: unknown = await response.json();
    const error = (body as Partial<ErrorBody> | null)?.error;
    return new ApiError(
      error?.code ?? 'internal',
      error?.message ?? fallback,
      response.status,
      error?.request_id ?? null,
    );
  } catch {
    return new ApiError('internal', fallback, response.status, null);
  }
};

/** One answer. Throws ApiError; a request that was given up throws AbortError. */
export const ask = async <R extends Route>(
  route: R,
  params: Params = {},
  signal?: AbortSignal,
): Promise<Answers[R]> => {
  let response: Response;
  try {
    response = await fetch(apiAddress(route, params), {
      headers: { accept: 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('unreachable', 'the server cannot be reached', 0, null);
  }
  if (!response.ok) throw await readError(response);
  return (await response.json()) as Answers[R];
};
