// A request's JSON body as the contract has it.
import { bodyLimit } from 'hono/body-limit';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { ApiContext } from './context.ts';
import { errorBody } from './contract.ts';

/** What people decide is a few lines. */
const BODY_BYTES_MAX = 64 * 1024;

export const smallBody = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: () => {
    throw new AppError('too_large', `the body is larger than ${BODY_BYTES_MAX} bytes`);
  },
});

/** Throws AppError `unsupported_media_type`, or `bad_request` with the place of the first fault. */
export const bodyOf = async <Schema extends v.GenericSchema>(
  c: ApiContext,
  schema: Schema,
): Promise<v.InferOutput<Schema>> => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new AppError('unsupported_media_type', 'the body must be application/json');
  }
  let told: unknown;
  try {
    told = JSON.parse(await c.req.text());
  } catch {
    throw new AppError('bad_request', 'the body is not JSON');
  }
  const answer = v.safeParse(schema, told, { abortEarly: true });
  if (answer.success) return answer.output;
  const [issue] = answer.issues;
  const place = v.getDotPath(issue) ?? 'the body';
  throw new AppError('bad_request', `${place}: ${issue.message}`.slice(0, 500), { place });
};

/** The entry of a route in /openapi.json that is no list of telemetry. */
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
}) =>
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
