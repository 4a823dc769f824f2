// PUT /agents/:agent/grants: what an agent holds, from a source that telemetry does not show.
import { Hono, type MiddlewareHandler } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import type * as v from 'valibot';
import type { ImportedGrants } from '../store/store.ts';
import { atMost, checkAgent, readJson } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { errorBody, grantsAnswer, grantsBody } from './contract.ts';

/** 10,000 permissions with long patterns fit in it. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

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
  new Hono<ApiEnv>().put('/agents/:agent/grants', described, atMost(BODY_BYTES_MAX), async (c) => {
    const agent = c.req.param('agent');
    checkAgent(agent);
    const body = await readJson(c, grantsBody);
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
      permissions: countOf(permissions),
      granted_at: new Date(granted_at).toISOString(),
    });
  });

/** Each permission on each pattern once for each place that grants it. */
const folded = (told: Body['permissions']): Permission[] => [
  ...new Map(told.map((one) => [keyOf(one), plain(one)])).values(),
];

/** How many permissions it is, however many places grant one. */
const countOf = (told: readonly Permission[]): number =>
  new Set(told.map((one) => keyOf({ ...one, source_ref: '' }))).size;

const keyOf = ({ permission, resource_pattern, source_ref }: Body['permissions'][number]): string =>
  `${permission}\n${resource_pattern}\n${source_ref ?? ''}`;

type Permission = ImportedGrants['permissions'][number];

const plain = ({ source_ref, ...held }: Body['permissions'][number]): Permission =>
  source_ref === undefined ? held : { ...held, source_ref };
