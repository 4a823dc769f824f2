// The addresses of the dashboard; every page is a chunk that is loaded when it is first opened.
import { createRouter } from 'sv-router';

const router = createRouter({
  '/': () => import('./pages/Overview.svelte'),
  '/agents': () => import('./pages/Agents.svelte'),
  '/agents/:agent': () => import('./pages/Agent.svelte'),
  '/surface': () => import('./pages/Surface.svelte'),
  '/sessions': () => import('./pages/Sessions.svelte'),
  '/sessions/:session': () => import('./pages/Session.svelte'),
  '/traces/:trace_id': () => import('./pages/Trace.svelte'),
  '/tokens': () => import('./pages/Tokens.svelte'),
  '/decisions': () => import('./pages/Decisions.svelte'),
  '/recommendations': () => import('./pages/Recommendations.svelte'),
  '/recommendations/:recommendation': () => import('./pages/Recommendation.svelte'),
  '/reports': () => import('./pages/Reports.svelte'),
  '/reports/:report': () => import('./pages/Report.svelte'),
  '/reports/runs/:run': () => import('./pages/ReportRun.svelte'),
  '/alerts': () => import('./pages/Alerts.svelte'),
  '/settings': () => import('./pages/Settings.svelte'),
  '/connect': () => import('./pages/Connect.svelte'),
  '*': () => import('./pages/NotFound.svelte'),
});

/** Goes to a path of this dashboard; the address is built elsewhere, so any text is taken. */
export const navigate = (
  path: string,
  options: { search?: string; replace?: boolean; scrollToTop?: false } = {},
): Promise<unknown> => router.navigate(path as '/', options);

export const route = router.route;
