// Asks iam-simulate, which evaluates IAM policies as AWS documents it: what policies allow, or what is wrong with them.
import { load } from '../../collector/integrations/engines.ts';
import { NOW } from './cases.ts';

interface Result {
  resultType: 'error' | 'single' | 'wildcard';
  errors?: unknown;
  overallResult?: 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';
}
interface Simulator {
  runUnsafeSimulation: (simulation: object, options: object) => Promise<Result>;
  runSimulation: (simulation: object, options: object) => Promise<Result>;
}

const ACCOUNT = '123456789012';
const ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Whether the policies, attached to one role, allow an action on an ARN. Throws what the simulator finds wrong. */
export const awsAllows = async (
  policies: readonly string[],
  action: string,
  resource: string,
): Promise<boolean> => {
  const { runSimulation } = load<Simulator>('@cloud-copilot/iam-simulate');
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/agent`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:CurrentTime': NOW },
      },
      identityPolicies: policies.map((text, at) => ({ name: `p${at}`, policy: JSON.parse(text) })),
      serviceControlPolicies: [{ orgIdentifier: 'r', policies: [{ name: 'all', policy: ALL }] }],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
};
