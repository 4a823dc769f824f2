// What people rule: permissions that are not judged for a time, and sessions whose uses are no evidence of need.
import type { QuarantineRow, SpanRow, SurfaceRow } from '../../server/api/contract.ts';
import { act } from './act.ts';
import { isWithdrawn } from './surface-rows.ts';

/** The server takes no longer: a permission that nobody looks at again is how excess stays. */
export const EXEMPT_DAYS_MAX = 90;
/** Until the next month's evidence is in. */
export const EXEMPT_DAYS = 30;
const WEIGHT_HEAVY = 10;

type Place = Pick<
  SurfaceRow,
  'environment' | 'agent' | 'permission' | 'resource_pattern' | 'weight'
>;

/** Whoever answers for a permission cannot alone keep one that is heavy, or that stands for many. */
export const needsSecond = ({
  weight,
  permission,
}: Pick<Place, 'weight' | 'permission'>): boolean =>
  weight >= WEIGHT_HEAVY || permission.includes('*');

/** What is in use needs no exemption, and what is gone asks for nothing. */
export const mayExempt = (row: SurfaceRow): boolean =>
  row.granted && !isWithdrawn(row) && row.verdict !== 'used' && row.verdict !== 'exempt';

const keyOf = ({ environment, agent, permission, resource_pattern }: Place) => ({
  environment,
  agent,
  permission,
  resource_pattern,
});

export interface Exemption {
  readonly owner: string;
  readonly reason: string;
  readonly days: number;
  /** Empty where nobody else is needed. */
  readonly approved_by: string;
}

export const exempt = (row: Place, { approved_by, ...told }: Exemption): Promise<unknown> =>
  act(
    'PUT /api/v1/exemptions',
    {},
    {
      ...keyOf(row),
      ...told,
      ...(approved_by.trim() === '' ? {} : { approved_by: approved_by.trim() }),
    },
  );

export const endExemption = (row: Place): Promise<unknown> =>
  act('DELETE /api/v1/exemptions', {}, keyOf(row));

type Uses = Pick<QuarantineRow, 'environment' | 'agent' | 'session' | 'permission'>;

export const quarantine = (uses: Uses, reason: string): Promise<unknown> =>
  act('PUT /api/v1/quarantines', {}, { ...uses, reason });

export const liftQuarantine = ({
  environment,
  agent,
  session,
  permission,
}: Uses): Promise<unknown> =>
  act('DELETE /api/v1/quarantines', {}, { environment, agent, session, permission });

/** The quarantines of one session, or of one permission of an agent; those of all its uses count for each. */
export const quarantinesOf = (
  rows: readonly QuarantineRow[],
  of: Pick<Uses, 'environment' | 'agent'> & Partial<Uses>,
): QuarantineRow[] =>
  rows.filter(
    (row) =>
      row.environment === of.environment &&
      row.agent === of.agent &&
      (of.session === undefined || row.session === of.session) &&
      (of.permission === undefined || row.permission === '*' || row.permission === of.permission),
  );

/** What a session did: the permissions that its uses can be quarantined by. */
export const usedIn = (spans: readonly SpanRow[]): string[] => [
  ...new Set(
    spans.flatMap(({ fact, permission, denied }) =>
      fact === 'action' && permission !== null && !denied ? [permission] : [],
    ),
  ),
];
