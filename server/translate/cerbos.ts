// An entry of Cerbos' audit log (docs.cerbos.dev, "Audit block") as decisions: one for each input and action; attributes are never kept.
import type { LoggedDecision } from './decision.ts';
import { at, field, kindOf, list, nanosOf, permissionOf, text, textAt } from './read.ts';
import type { Translated } from './read.ts';
import type { Effect } from '../model/words.ts';

const EFFECTS: Record<string, Effect> = {
  EFFECT_ALLOW: 'allow',
  EFFECT_DENY: 'deny',
  EFFECT_NO_MATCH: 'not_applicable',
};
/** What Cerbos says matched where no policy did. */
const NO_MATCH = 'NO_MATCH';
/** `resource.mail.vdefault`, with `/scope` where there is one. */
const VERSION = /\.v([^./]+)(?:\/|$)/;

export const translateCerbos = (entry: unknown): Translated<LoggedDecision> => {
  if (textAt(entry, 'log.kind') === 'access') return { passed_over: 'it is an access entry' };
  const call = textAt(entry, 'callId');
  if (call === undefined) return { fault: 'it has no callId' };
  const checks = field(entry, 'checkResources');
  if (checks === undefined) return { passed_over: 'it checks no resources' };
  const started_ns = nanosOf(field(entry, 'timestamp'));
  if (started_ns === undefined) return { fault: 'its timestamp is no RFC 3339 instant' };
  const inputs = list(field(checks, 'inputs'));
  const asked = inputs.flatMap((input, place) =>
    list(field(input, 'actions')).map((action) => ({ input, place, action: text(action) })),
  );
  if (asked.length === 0) return { fault: 'it has no inputs with actions' };
  if (asked.some(({ action }) => action === undefined)) return { fault: 'an action has no name' };
  const decisions = asked.map(({ input, place, action = '' }, index): LoggedDecision => {
    const request = textAt(input, 'requestId') ?? call;
    const kind = textAt(input, 'resource', 'kind');
    const resource_id = textAt(input, 'resource', 'id');
    const principal_id = textAt(input, 'principal', 'id');
    const principal_type = list(at(input, ['principal', 'roles']))
      .map(kindOf)
      .find((role) => role !== undefined);
    return {
      engine: 'cerbos',
      key: [call, String(index)],
      call,
      service: 'cerbos',
      started_ns,
      // As the collector's integration names the decisions of one request.
      decision_id: asked.length === 1 ? request : `${request}#${index}`,
      permission: permissionOf(kind, action),
      principal_id,
      principal_type,
      resource_type: kind,
      resource_id,
      agent: principal_type === 'agent' ? principal_id : undefined,
      ...answerOf(entry, outputOf(checks, place, resource_id), action),
    };
  });
  return { decisions };
};

/** Outputs stand in the order of inputs; each says of which resource it is. */
const outputOf = (checks: unknown, place: number, resource_id: string | undefined): unknown => {
  const outputs = list(field(checks, 'outputs'));
  const is_its = (output: unknown): boolean => textAt(output, 'resourceId') === resource_id;
  return is_its(outputs[place]) ? outputs[place] : outputs.find(is_its);
};

type Answer = Pick<
  LoggedDecision,
  'effect' | 'reason' | 'error_type' | 'policy' | 'policy_version' | 'rules'
>;

const answerOf = (entry: unknown, output: unknown, action: string): Answer => {
  const result = at(output, ['actions', action]);
  const effect = EFFECTS[textAt(result, 'effect') ?? ''];
  if (effect === undefined)
    return { effect: 'error', reason: 'no_effect', error_type: 'no_effect' };
  const policy = textAt(result, 'policy');
  if (policy === undefined || policy === NO_MATCH) {
    return { effect, reason: effect === 'deny' ? 'default_deny' : undefined, rules: [] };
  }
  // Rules that gave an output are named by it; what they gave is the policy's own and stays there.
  const named = list(field(output, 'outputs'))
    .filter((given) => textAt(given, 'action') === action)
    .flatMap((given) => textAt(given, 'src') ?? []);
  return {
    effect,
    reason: effect === 'allow' ? 'permitted' : 'denied',
    policy,
    policy_version: commitOf(entry, policy) ?? VERSION.exec(policy)?.[1],
    rules: [policy, ...named.filter((src) => src !== policy)],
  };
};

/** The commit that a policy came from, where Cerbos reads it from git. */
const commitOf = (entry: unknown, policy: string): string | undefined => {
  const attributes = at(entry, ['auditTrail', 'effectivePolicies', policy, 'attributes']);
  return textAt(attributes, 'commit_hash');
};
