// What `aws iam get-account-authorization-details` prints: roles, users with their groups, and the policies of all of them.
import { isRecord, listOf, textOf, type Json } from './json.ts';
import type { AgentReading } from './types.ts';

/** One policy: where it stands, as `source_ref` names it, and its document. */
export interface AccountPolicy {
  where: string;
  value: unknown;
}

interface Options {
  /** The file, as messages name it. */
  place: string;
  /** Agents by the name of their role. */
  roles: ReadonlyMap<string, string>;
  /** Agents by the name of their user. */
  users: ReadonlyMap<string, string>;
  /** What these policies grant together. */
  read: (policies: readonly AccountPolicy[]) => Promise<AgentReading>;
}

export const isAccount = (root: Json): boolean =>
  Array.isArray(root['RoleDetailList']) || Array.isArray(root['UserDetailList']);

/** A role, a user or a group: where its own policies and those attached to it are told. */
interface Principal {
  word: 'role' | 'user' | 'group';
  name: string;
  arn: string;
  inline: Json[];
  attached: string[];
  told: Json;
}

/** What each agent is granted by its role or user, and by the groups that the user is in. */
export const readAccount = async (root: Json, options: Options): Promise<AgentReading[]> => {
  const { place, roles, users } = options;
  const told = {
    roles: principalsIn(root, 'role'),
    users: principalsIn(root, 'user'),
    groups: principalsIn(root, 'group'),
  };
  const readings: AgentReading[] = [];
  for (const [principals, agents] of [
    [told.roles, roles],
    [told.users, users],
  ] as const) {
    for (const one of principals) {
      const agent = agents.get(one.name);
      if (agent !== undefined)
        readings.push({ ...(await ofPrincipal(one, told.groups, root, options)), agent });
    }
  }
  const left = (of: readonly Principal[], agents: ReadonlyMap<string, string>): string[] =>
    of.filter(({ name }) => !agents.has(name)).map(({ name }) => name);
  const missing = (
    of: readonly Principal[],
    agents: ReadonlyMap<string, string>,
    word: string,
  ): string[] =>
    [...agents.keys()]
      .filter((name) => !of.some((one) => one.name === name))
      .map((name) => `${place} tells no ${word} ${name}`);
  readings.push({
    granted: [],
    notes: [
      ...leftOut('roles', left(told.roles, roles)),
      ...leftOut('users', left(told.users, users)),
    ],
    problems: [
      ...(roles.size + users.size === 0
        ? [`${place} tells roles and users: say whose they are with --role and --user`]
        : []),
      ...missing(told.roles, roles, 'role'),
      ...missing(told.users, users, 'user'),
    ],
  });
  return readings;
};

const leftOut = (word: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${word} of no agent, left out: ${names.join(', ')}`];

const LISTS = {
  role: ['RoleDetailList', 'RoleName', 'RolePolicyList'],
  user: ['UserDetailList', 'UserName', 'UserPolicyList'],
  group: ['GroupDetailList', 'GroupName', 'GroupPolicyList'],
} as const;

const principalsIn = (root: Json, word: Principal['word']): Principal[] => {
  const [list, key, policies] = LISTS[word];
  return listOf(root[list]).map((told) => {
    const name = textOf(told[key]);
    return {
      word,
      name,
      arn: textOf(told['Arn']) || `${word}/${name}`,
      inline: listOf(told[policies]),
      attached: listOf(told['AttachedManagedPolicies']).map((one) => textOf(one['PolicyArn'])),
      told,
    };
  });
};

const ofPrincipal = async (
  one: Principal,
  groups: readonly Principal[],
  root: Json,
  { place, read }: Options,
): Promise<AgentReading> => {
  const managed = new Map(
    listOf(root['Policies']).map((each) => [textOf(each['Arn']), defaultOf(each)] as const),
  );
  const policies: AccountPolicy[] = [];
  const problems: string[] = [];
  const notes: string[] = [];
  const take = ({ arn, inline, attached, word }: Principal): void => {
    for (const each of inline)
      policies.push({
        where: `${arn} policy/${textOf(each['PolicyName'])}`,
        value: each['PolicyDocument'],
      });
    for (const each of attached) {
      const value = managed.get(each);
      // What is attached to a group is taken back there too.
      const where = word === 'group' ? `${each} through ${arn}` : each;
      if (value === undefined)
        problems.push(`${arn} has the policy ${each} attached, which ${place} does not hold`);
      else policies.push({ where, value });
    }
  };
  take(one);
  for (const name of namesIn(one.told['GroupList'])) {
    const group = groups.find((each) => each.name === name);
    if (group === undefined)
      problems.push(`${one.arn} is in the group ${name}, which ${place} does not tell`);
    else take(group);
  }
  if (isRecord(one.told['PermissionsBoundary']))
    notes.push(`${one.arn}: its permissions boundary is not applied; more counts as granted`);
  const reading = await read(policies);
  return {
    ...reading,
    notes: [...reading.notes, ...notes],
    problems: [...reading.problems, ...problems],
  };
};

const namesIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const defaultOf = (policy: Json): unknown =>
  listOf(policy['PolicyVersionList']).find((one) => one['IsDefaultVersion'] === true)?.['Document'];
