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
const MESSAGE_LENGTH_MAX = 500;

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

type Body = v.InferOutput<typeof grantsBody>;

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
      if (agent.length > AGENT_LENGTH_MAX || agent.trim() === '' || /\p{Cc}/u.test(agent)) {
        throw new AppError(
          'bad_request',
          `the agent in the path must have 1 to ${String(AGENT_LENGTH_MAX)} characters, none of them a control character`,
        );
      }
      const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type !== 'application/json') {
        throw new AppError('unsupported_media_type', 'the body must be application/json');
      }
      const body = readBody(await c.req.text());
      const permissions = folded(body.permissions);
      const granted_at = api.now();
      await api.putGrants({
        workspace: c.var.workspace,
        agent,
        granted_at: granted_at * 1000,
        ...body,
        permissions,
      });
      return c.json({
        agent,
        environment: body.environment,
        source: body.source,
        permissions: permissions.length,
        granted_at: new Date(granted_at).toISOString(),
      });
    },
  );

/** Each permission on each pattern once. */
const folded = (told: Body['permissions']): Body['permissions'] => [
  ...new Map(told.map((one) => [`${one.permission}\n${one.resource_pattern}`, one])).values(),
];

/** The body as the contract has it, or `bad_request` with the place of the first fault. */
export const readBody = (text: string): Body => {
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
