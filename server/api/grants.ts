// PUT /agents/:agent/grants: what an agent holds, from a source that telemetry does not show.
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { errorBody, grantsAnswer, grantsBody } from './contract.ts';

/** 10,000 permissions with long patterns fit in it. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const AGENT_LENGTH_MAX = 500;

const described: MiddlewareHandler = describeRoute({
  summary: 'Replace all that one source says the agent holds',
  requestBody: {
    required: true,
    content: { 'application/json': { schema: resolver(grantsBody) } },
  },
  responses: {
    200: {
      description: 'Kept',
      content: { 'application/json': { schema: resolver(grantsAnswer) } },
    },
    default: {
      description: 'Refused or failed',
      content: { 'application/json': { schema: resolver(errorBody) } },
    },
  },
});

export const grantRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().put(
    '/agents/:agent/grants',
    described,
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new AppError('too_large', `the body is larger than ${BODY_BYTES_MAX} bytes`);
      },
    }),
    async (c) => {
      const agent = c.req.param('agent');
      if (agent.length > AGENT_LENGTH_MAX || agent.includes('\0')) {
        throw new AppError('bad_request', 'the agent in the path is too long or holds NUL');
      }
      const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type !== 'application/json') {
        throw new AppError('unsupported_media_type', 'the body must be application/json');
      }
      const body = readBody(await c.req.text());
      const granted_at = api.now();
      await api.putGrants({
        workspace: c.var.workspace,
        agent,
        granted_at: granted_at * 1000,
        ...body,
      });
      return c.json({
        agent,
        environment: body.environment,
        source: body.source,
        permissions: body.permissions.length,
        granted_at: new Date(granted_at).toISOString(),
      });
    },
  );

/** The body as the contract has it, or `bad_request` with the place of the first fault. */
export const readBody = (text: string): v.InferOutput<typeof grantsBody> => {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    throw new AppError('bad_request', 'the body is not JSON');
  }
  const answer = v.safeParse(grantsBody, told, { abortEarly: true });
  if (answer.success) return answer.output;
  const [issue] = answer.issues;
  const place = v.getDotPath(issue) ?? 'the body';
  throw new AppError('bad_request', `${place}: ${issue.message}`.slice(0, 500), { place });
};
