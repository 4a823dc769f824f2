// All resources of the API under one roof, behind the caller's identity.
import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import { administrationRoutes } from './administration.ts';
import { agentRoutes } from './agents.ts';
import { identity, type ApiEnv, type ApiOptions } from './context.ts';
import { alertRoutes } from './alerts.ts';
import { confirmationRoutes } from './confirmations.ts';
import { decisionRoutes } from './decisions.ts';
import { driftRoutes } from './drift.ts';
import { environmentRoutes } from './environments.ts';
import { exemptionRoutes } from './exemptions.ts';
import { createFreshness } from './fresh.ts';
import type { LiveFeed } from './feed.ts';
import { grantPathRoutes } from './grant-paths.ts';
import { grantRoutes } from './grants.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { liveRoutes } from './live.ts';
import { ownerRoutes } from './owners.ts';
import { overviewRoutes } from './overview.ts';
import { policyRoutes } from './policy.ts';
import { quarantineRoutes } from './quarantines.ts';
import { recommendationActRoutes } from './recommendation-acts.ts';
import { recommendationDetailRoutes } from './recommendation-detail.ts';
import { recommendationRoutes } from './recommendations.ts';
import { reportScheduleRoutes } from './report-schedules.ts';
import { reportRoutes } from './reports.ts';
import { sessionRoutes } from './sessions.ts';
import { surfaceRoutes } from './surface.ts';
import { tokenRoutes } from './tokens.ts';
import { traceRoutes } from './traces.ts';

/** The API, to be mounted at /api/v1. */
export const apiRoutes = (api: ApiOptions, feed: LiveFeed) => {
  const routes = new Hono<ApiEnv>()
    .use(identity)
    // Before freshness: what people decided changes without a commit of the store.
    .route('/', reportScheduleRoutes(api))
    .route('/', reportRoutes(api))
    .route('/', alertRoutes(api))
    .route('/', administrationRoutes(api))
    .use(createFreshness(api))
    .route('/', environmentRoutes(api))
    .route('/', overviewRoutes(api))
    .route('/', healthRoutes(api))
    .route('/', agentRoutes(api))
    .route('/', surfaceRoutes(api))
    .route('/', historyRoutes(api))
    .route('/', driftRoutes(api))
    .route('/', grantRoutes(api))
    .route('/', grantPathRoutes(api))
    .route('/', ownerRoutes(api))
    .route('/', tokenRoutes(api))
    .route('/', decisionRoutes(api))
    .route('/', recommendationRoutes(api))
    .route('/', recommendationActRoutes(api))
    .route('/', exemptionRoutes(api))
    .route('/', quarantineRoutes(api))
    .route('/', confirmationRoutes(api))
    .route('/', recommendationDetailRoutes(api))
    .route('/', policyRoutes(api))
    .route('/', sessionRoutes(api))
    .route('/', traceRoutes(api))
    .route('/', liveRoutes(feed));
  for (const [path, methods] of methodsByPath(routes.routes)) {
    routes.all(path, (c) => {
      c.header('allow', methods.join(', '));
      throw new AppError('method_not_allowed', `${c.req.method} is not for this route`);
    });
  }
  return routes;
};

/** The API's routes with their types. */
export type Api = ReturnType<typeof apiRoutes>;

const methodsByPath = (routes: readonly { path: string; method: string }[]) => {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? [];
    if (!known.includes(method)) methods.set(path, [...known, method]);
  }
  return methods;
};
