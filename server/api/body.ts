// A request's JSON body as its contract has it; every fault with its place, in words.
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { ApiContext } from './context.ts';
import { errorBody } from './contract.ts';

/** A person reads one line. */
const MESSAGE_LENGTH_MAX = 500;

const AGENT_LENGTH_MAX = 500;

/** Throws AppError `bad_request` for an agent in the path that no list could show. */
export const checkAgent = (agent: string): void => {
  if (agent.length <= AGENT_LENGTH_MAX && agent.trim() !== '' && !/\p{Cc}/u.test(agent)) return;
  throw new AppError(
    'bad_request',
    `the agent in the path must have 1 to ${String(AGENT_LENGTH_MAX)} characters, none of them a control character`,
  );
};

/** Refuses longer bodies with `too_large`. */
export const atMost = (bytes: number) =>
  bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new AppError('too_large', `the body is larger than ${String(bytes)} bytes`);
    },
  });

/** Throws AppError `unsupported_media_type` for anything but JSON, and as `readBody`. */
export const readJson = async <S extends v.GenericSchema>(
  c: ApiContext,
  schema: S,
): Promise<v.InferOutput<S>> => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new AppError('unsupported_media_type', 'the body must be application/json');
  }
  return readBody(await c.req.text(), schema);
};

/** The body as the contract has it, or `bad_request` with the place of the first fault. */
export const readBody = <S extends v.GenericSchema>(text: string, schema: S): v.InferOutput<S> => {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    throw new AppError('bad_request', 'the body is not JSON');
  }
  const answer = v.safeParse(schema, told, { abortEarly: true });
  if (answer.success) return answer.output;
  const [issue] = answer.issues;
  const place = v.getDotPath(issue) ?? 'the body';
  throw new AppError('bad_request', `${place} ${faultOf(issue)}`.slice(0, MESSAGE_LENGTH_MAX), {
    place,
  });
};

/** What is wrong there, in words; the contract has its own for what a value must be. */
const faultOf = (issue: v.BaseIssue<unknown>): string => {
  if (issue.type !== 'strict_object') return issue.message;
  if (issue.expected === 'never') return 'is not known here';
  return issue.received === 'undefined' ? 'is missing' : 'must be an object';
};

/** All rows of a list that is always short. */
export const rowsIn = <S extends v.GenericSchema>(row: S) => v.object({ rows: v.array(row) });

/** An entry of /openapi.json for what takes a body, or answers no list of telemetry. */
export const describeAct = ({
  summary,
  body,
  answer,
  status = 200,
}: {
  summary: string;
  body?: v.GenericSchema;
  answer: v.GenericSchema;
  status?: 200 | 201 | 202;
}): MiddlewareHandler =>
  describeRoute({
    summary,
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: resolver(body) } },
          },
        }),
    responses: {
      [status]: {
        description: 'Done',
        content: { 'application/json': { schema: resolver(answer) } },
      },
      default: {
        description: 'Refused or failed',
        content: { 'application/json': { schema: resolver(errorBody) } },
      },
    },
  });
