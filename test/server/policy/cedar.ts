// Asks cedar-wasm: what is wrong with a policy, and whether it allows a request.
import { load } from '../../collector/integrations/engines.ts';
import { NOW } from './cases.ts';
import type { Asked } from './cases.ts';

interface Failure {
  type: 'failure';
  errors: { message: string }[];
}
/** As far as it is asked here. */
interface Cedar {
  validate: (
    call: object,
  ) => Failure | { type: 'success'; validationErrors: { error: { message: string } }[] };
  preparsePolicySet: (id: string, policies: object) => Failure | { type: 'success' };
  preparseSchema: (id: string, schema: string) => Failure | { type: 'success' };
  statefulIsAuthorized: (call: object) =>
    | Failure
    | {
        type: 'success';
        response: { decision: 'allow' | 'deny'; diagnostics: { errors: unknown[] } };
      };
}

let wasm: Cedar | undefined;
const engine = (): Cedar => (wasm ??= load<Cedar>('@cedar-policy/cedar-wasm/nodejs'));

/** Errors of strict validation, and of parsing. */
export const cedarProblems = (policy: string, schema: string): string[] => {
  const answer = engine().validate({
    validationSettings: { mode: 'strict' },
    schema,
    policies: { staticPolicies: policy },
  });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => message);
  return answer.validationErrors.map(({ error }) => error.message);
};

export interface CedarWorld {
  policy: string;
  schema?: string;
  agent: string;
  /** Types of the agent, its action and the resource, where they are not ours. */
  types?: { agent: string; action: string; resource: string };
  parents?: { type: string; id: string }[];
}

type Question = Pick<Asked, 'permission' | 'resource'> & Partial<Asked>;
const OURS = { agent: 'Agent', action: 'Action', resource: 'Resource' };

/** Whether Cedar allows each; throws where Cedar fails or skips a policy. */
export const cedarAnswers = (world: CedarWorld, asked: readonly Question[]): boolean[] => {
  const { policy, schema, agent, types = OURS, parents = [] } = world;
  const parsed = engine().preparsePolicySet('case', { staticPolicies: policy });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  if (schema !== undefined) engine().preparseSchema('case', schema);
  const uid = { type: types.agent, id: agent };
  return asked.map((one) => {
    const target = { type: types.resource, id: one.resource };
    const answer = engine().statefulIsAuthorized({
      principal: uid,
      action: { type: types.action, id: one.permission },
      resource: target,
      context: {
        approved: one.approved ?? false,
        just_in_time: one.just_in_time ?? false,
        goal: one.goal ?? '',
        now: { __extn: { fn: 'datetime', arg: NOW } },
      },
      preparsedPolicySetId: 'case',
      entities: [
        { uid, attrs: {}, parents },
        { uid: target, attrs: schema === undefined ? {} : { id: one.resource }, parents: [] },
      ],
      ...(schema !== undefined && { preparsedSchemaName: 'case', validateRequest: true }),
    });
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    const { decision, diagnostics } = answer.response;
    if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors));
    return decision === 'allow';
  });
};
