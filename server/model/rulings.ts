// What people ruled about permissions and proposals: kept in the control data, mirrored into the store.

export interface Exemption {
  workspace: string;
  environment: string;
  agent: string;
  permission: string;
  resource_pattern: string;
  owner: string;
  reason: string;
  /** Microseconds since 1970, as all instants here. */
  created_at: number;
  expires_at: number;
}

export interface Quarantine {
  workspace: string;
  environment: string;
  agent: string;
  session: string;
  /** `*` for all that the session used. */
  permission: string;
  reason: string;
  created_at: number;
}

export interface RecommendationRuling {
  workspace: string;
  recommendation_id: string;
  kind: string;
  environment: string;
  agent: string;
  permission: string;
  resource_pattern: string;
  subject: string;
  proposed: string[];
  state: string;
  since: number;
  due_at: number | null;
  reason: string;
  actor: string;
  digest: string;
  restores: number;
}

/** Who answers for an agent, as somebody set it here. */
export interface AgentOwner {
  workspace: string;
  environment: string;
  agent: string;
  owner: string;
  created_at: number;
}

/** A session that somebody looked at: its uses are evidence though nobody vouched for them, or it is a sweep. */
export interface Confirmation {
  workspace: string;
  environment: string;
  agent: string;
  session: string;
  reason: string;
  created_at: number;
}

/** How many days a grant of this class of risk is too young to be judged. */
export interface YoungDays {
  risk: string;
  days: number;
}

/** All rulings of all workspaces. */
export interface Rulings {
  exemptions: Exemption[];
  quarantines: Quarantine[];
  recommendation_states: RecommendationRuling[];
  agent_owners: AgentOwner[];
  confirmations: Confirmation[];
  /** Of classes for which a setting says another number than the rules; the same for all workspaces. */
  young_days: readonly YoungDays[];
}
