// The design's words as the pages show them: labels, tones and explanations of the closed sets.
import type { DecisionRow, SurfaceRow } from '../../server/api/contract.ts';

/** What a colour means wherever it appears. */
export type Tone = 'plain' | 'used' | 'waste' | 'deny' | 'ok' | 'ask';

export type Verdict = SurfaceRow['verdict'];
export type Risk = SurfaceRow['risk'];
export type Effect = DecisionRow['effect'];

interface Word {
  readonly label: string;
  readonly tone: Tone;
  readonly means: string;
}

export const VERDICTS: Readonly<Record<Verdict, Word>> = {
  used_not_granted: {
    label: 'used, not granted',
    tone: 'deny',
    means: 'used although no grant that is known covered it',
  },
  grant_unknown: {
    label: 'grant unknown',
    tone: 'plain',
    means: 'used; no source tells what this agent was granted here',
  },
  used: { label: 'used', tone: 'used', means: 'used in this range' },
  exempt: { label: 'exempt', tone: 'plain', means: 'not judged for a time, by a ruling' },
  unobservable: {
    label: 'unobservable',
    tone: 'plain',
    means: 'telemetry could not have seen a use',
  },
  too_young: { label: 'too young', tone: 'plain', means: 'not held long enough to judge' },
  rare: { label: 'rare', tone: 'used', means: 'used once or twice: just in time, never removal' },
  insufficient: { label: 'insufficient', tone: 'plain', means: 'too few sessions to judge' },
  unused: { label: 'unused', tone: 'waste', means: 'held and proven unused' },
};

/** Worst first: what can be taken back, then what is wrong, then what cannot be judged, then what is used. */
export const VERDICT_ORDER: readonly Verdict[] = [
  'unused',
  'used_not_granted',
  'unobservable',
  'insufficient',
  'too_young',
  'rare',
  'exempt',
  'grant_unknown',
  'used',
];

export const EFFECTS: Readonly<Record<Effect, Word>> = {
  allow: { label: 'allow', tone: 'ok', means: 'permitted' },
  deny: { label: 'deny', tone: 'deny', means: 'refused' },
  require_approval: { label: 'ask', tone: 'ask', means: 'waits for an approval' },
  not_applicable: { label: 'not applicable', tone: 'plain', means: 'no rule fitted' },
  error: { label: 'error', tone: 'waste', means: 'the engine failed' },
};
