// The rulings of people about permissions and evidence, as schemas.
import * as v from 'valibot';
import { instant } from './cells.ts';
import { named } from './texts.ts';

/** A permission that nobody looks at again is how excess stays. */
const EXEMPT_DAYS_MAX = 90;
const place = { environment: v.optional(named(200), 'default'), agent: named(500) };
const grant = { permission: named(500), resource_pattern: v.optional(named(1000), '*') };

/** Body of PUT /api/v1/exemptions. */
export const exemptionBody = v.strictObject({
  ...place,
  ...grant,
  /** Who answers for it. */
  owner: named(200),
  reason: named(1000),
  /** Somebody else than the owner and whoever asks: needed for what is destructive, external, or otherwise of weight 10. */
  approved_by: v.optional(named(200)),
  days: v.pipe(
    v.number('must be a number of days'),
    v.integer('must be whole days'),
    v.minValue(1, 'must be at least a day'),
    v.maxValue(EXEMPT_DAYS_MAX, `must be at most ${EXEMPT_DAYS_MAX} days`),
  ),
});

/** Body of DELETE /api/v1/exemptions. */
export const exemptionKey = v.strictObject({ ...place, ...grant });

export const exemptionRow = v.object({
  environment: v.string(),
  agent: v.string(),
  permission: v.string(),
  resource_pattern: v.string(),
  owner: v.string(),
  reason: v.string(),
  /** Who else approved it; null where nobody had to. */
  approved_by: v.nullable(v.string()),
  created_at: instant,
  expires_at: instant,
  /** False once it has expired. */
  in_force: v.boolean(),
  /** It covers more than one permission, which is worth an alarm. */
  broad: v.boolean(),
});
export type ExemptionRow = v.InferOutput<typeof exemptionRow>;

const uses = {
  ...place,
  session: named(500),
  /** `*` for all that the session used. */
  permission: v.optional(named(500), '*'),
};

/** Body of PUT /api/v1/quarantines: a session's uses that are no evidence of need. */
export const quarantineBody = v.strictObject({ ...uses, reason: named(1000) });

/** Body of DELETE /api/v1/quarantines. */
export const quarantineKey = v.strictObject(uses);

export const quarantineRow = v.object({
  environment: v.string(),
  agent: v.string(),
  session: v.string(),
  permission: v.string(),
  reason: v.string(),
  created_at: instant,
});
export type QuarantineRow = v.InferOutput<typeof quarantineRow>;

const seen = { ...place, session: named(500) };

/** Body of PUT /api/v1/confirmations: a session that somebody looked at, whose uses are evidence. */
export const confirmationBody = v.strictObject({ ...seen, reason: named(1000) });

/** Body of DELETE /api/v1/confirmations. */
export const confirmationKey = v.strictObject(seen);

export const confirmationRow = v.object({
  environment: v.string(),
  agent: v.string(),
  session: v.string(),
  reason: v.string(),
  created_at: instant,
});
export type ConfirmationRow = v.InferOutput<typeof confirmationRow>;

/** Body of PUT /api/v1/agents/:agent/owner. */
export const ownerBody = v.strictObject({
  environment: v.optional(named(200), 'default'),
  /** Who answers for the agent; null lets telemetry tell it again. */
  owner: v.nullable(named(200)),
});

/** What PUT owner answers. */
export const ownerAnswer = v.object({
  environment: v.string(),
  agent: v.string(),
  owner: v.nullable(v.string()),
});
