// A row of a surface with defaults for what a test does not care about.
import type { SurfaceRow } from '../../server/api/contract.ts';

export const NO_EVIDENCE: SurfaceRow['evidence'] = {
  days: null,
  days_needed: null,
  sessions: null,
  sessions_needed: null,
  due_at: null,
};

export const surfaceRow = (told: Partial<SurfaceRow>): SurfaceRow => ({
  agent: 'a',
  environment: 'default',
  permission: 'oauth:orders.read',
  resource_pattern: '*',
  risk: 'read',
  risk_source: 'verb',
  weight: 1,
  granted: true,
  granted_at: null,
  held_since: null,
  uses: 0,
  sessions_with_use: 0,
  sessions_granted: 0,
  denials: 0,
  first_used_at: null,
  last_used_at: null,
  last_denied_at: null,
  verdict: 'unused',
  verdict_reason: '',
  exempt_until: null,
  quarantined_uses: 0,
  verdict_with_quarantined: null,
  absence_bound: null,
  threshold: 0.05,
  evidence: NO_EVIDENCE,
  granted_by: [],
  source_ref: [],
  ...told,
});
