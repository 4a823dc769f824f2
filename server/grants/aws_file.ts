// JSON of AWS's tools: a policy, what `aws iam` prints of one, of a role's or a user's, or all of an account.
import type { JSONPath } from 'jsonc-parser';
import { grantedBy } from './aws.ts';
import { readStatement, type Statement } from './aws_statement.ts';
import { isAccount, readAccount } from './aws_account.ts';
import { isRecord, record, textOf, type Json } from './json.ts';
import { createLines } from './place.ts';
import type { AgentReading } from './types.ts';

interface Options {
  /** The file, as `source_ref` names it. */
  place: string;
  /** Agents by the name of their role. */
  roles: ReadonlyMap<string, string>;
  /** Agents by the name of their user. */
  users: ReadonlyMap<string, string>;
  written_out: boolean;
}

interface Document {
  value: unknown;
  /** Where it stands for `source_ref`, and in the file. */
  where: string;
  path: JSONPath | null;
}

/** What each agent is granted in the file; one without a name where it is a policy of nobody's. */
export const readAws = async (
  value: unknown,
  text: string,
  { place, roles, users, written_out }: Options,
): Promise<AgentReading[]> => {
  const root = record(value);
  const lines = createLines(text);
  const read = async (documents: readonly Document[]): Promise<AgentReading> => {
    const problems: string[] = [];
    const statements: Statement[] = [];
    for (const one of documents) statements.push(...(await statementsOf(one, lines, problems)));
    const reading = await grantedBy(statements, { written_out });
    return { ...reading, problems: [...problems, ...reading.problems] };
  };
  if (isAccount(root)) {
    const inFile = (policies: readonly { value: unknown; where: string }[]) =>
      read(policies.map((one) => ({ ...one, path: null })));
    return readAccount(root, { place, roles, users, read: inFile });
  }
  const found = documentIn(root, place);
  const role = textOf(root['RoleName']) || textOf(record(root['Role'])['RoleName']);
  const agent = roles.get(role) ?? users.get(textOf(root['UserName']));
  if (found === null) {
    const what = isRecord(root['Role'])
      ? 'tells a role without its policies; take `aws iam get-role-policy` or `get-account-authorization-details`'
      : 'holds no policy of IAM';
    return [{ granted: [], notes: [], problems: [`${place} ${what}`] }];
  }
  return [{ ...(await read([found])), ...(agent !== undefined && { agent }) }];
};

/** A policy itself, or in what get-role-policy, get-user-policy, get-group-policy and get-policy-version print. */
const documentIn = (root: Json, place: string): Document | null => {
  if (root['Statement'] !== undefined) return { value: root, where: place, path: [] };
  if (root['PolicyDocument'] !== undefined)
    return { value: root['PolicyDocument'], where: place, path: ['PolicyDocument'] };
  const version = record(root['PolicyVersion']);
  return version['Document'] === undefined
    ? null
    : { value: version['Document'], where: place, path: ['PolicyVersion', 'Document'] };
};

/** Statements of a document; AWS's own API gives it encoded as in a URL. */
const statementsOf = async (
  { value, where, path }: Document,
  lines: (path: JSONPath) => number | null,
  problems: string[],
): Promise<Statement[]> => {
  const document = typeof value === 'string' ? decoded(value) : value;
  const told = record(document)['Statement'];
  const list = Array.isArray(told) ? (told as unknown[]) : [told];
  if (!isRecord(document) || told === undefined) {
    problems.push(`${where} is no policy of IAM`);
    return [];
  }
  const statements: Statement[] = [];
  for (const [i, one] of list.entries()) {
    const at = Array.isArray(told) ? ['Statement', i] : ['Statement'];
    const line = path === null || typeof value === 'string' ? null : lines([...path, ...at]);
    const read = await readStatement(one, where, line);
    if (typeof read === 'string') problems.push(read);
    else statements.push(read);
  }
  return statements;
};

const decoded = (text: string): unknown => {
  try {
    return JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text) as unknown;
  } catch {
    return null;
  }
};
