// /recommendations/:recommendation_id/policy and /agents/:agent/policy: what is to be held, as the policy of a real tool.
import { Hono } from 'hono';
import type { MiddlewareHandler } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import { AppError } from '../errors.ts';
import { DEFAULT_ENVIRONMENT } from '../model/words.ts';
import { unifiedDiff } from '../policy/diff.ts';
import { FORMATS, isFormat, policyOutput } from '../policy/formats.ts';
import type { Format, FormatName, PolicyFile, PolicyInput } from '../policy/types.ts';
import type { Row } from '../store/store.ts';
import { atMost, readJson } from './body.ts';
import { textOf } from './cells.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { errorBody, POLICY_FORMATS, policyAnswer, policyBody } from './contract.ts';
import type { PolicyAnswer } from './contract.ts';
import { describeParams, readParams, type ParamName } from './params.ts';
import { changes, policyInput, proposalsFor } from './policy-input.ts';
import { recommendationOf } from './recommendation-one.ts';

/** The longest policy that is read, each of its characters written as JSON writes a control character at worst. */
const BODY_BYTES_MAX = 12 * 1024 * 1024;

export const policyRoutes = (api: ApiOptions) => {
  const ofRecommendation = async (c: ApiContext, present?: PolicyFile): Promise<PolicyAnswer> => {
    const { format } = readFormat(c, []);
    const { workspace } = c.var;
    const row = await recommendationOf(api, workspace, c.req.param('recommendation_id') ?? '');
    if (!changes(row)) {
      const about = textOf(row, 'subject') || textOf(row, 'permission');
      throw new AppError('not_found', `no policy says what is proposed of ${about}`);
    }
    const place = {
      workspace,
      agent: textOf(row, 'agent'),
      environment: textOf(row, 'environment'),
    };
    return answer(await policyInput(api, place, [row]), [row], format, present);
  };
  const ofAgent = async (c: ApiContext, present?: PolicyFile): Promise<PolicyAnswer> => {
    const { format, environment } = readFormat(c, ['environment']);
    const place = {
      workspace: c.var.workspace,
      agent: c.req.param('agent') ?? '',
      environment: environment ?? DEFAULT_ENVIRONMENT,
    };
    const rows = (await proposalsFor(api, place)).filter(changes);
    return answer(await policyInput(api, place, rows), rows, format, present);
  };
  return new Hono<ApiEnv>()
    .get(
      '/recommendations/:recommendation_id/policy',
      told('One proposal as a policy', []),
      async (c) => c.json(await ofRecommendation(c)),
    )
    .post(
      '/recommendations/:recommendation_id/policy',
      told('One proposal as a change of the policy in force', [], true),
      atMost(BODY_BYTES_MAX),
      async (c) => c.json(await ofRecommendation(c, await readJson(c, policyBody))),
    )
    .get(
      '/agents/:agent/policy',
      told('All that is proposed for an agent as a policy', ['environment']),
      async (c) => c.json(await ofAgent(c)),
    )
    .post(
      '/agents/:agent/policy',
      told(
        'All that is proposed for an agent as a change of the policy in force',
        ['environment'],
        true,
      ),
      atMost(BODY_BYTES_MAX),
      async (c) => c.json(await ofAgent(c, await readJson(c, policyBody))),
    );
};

const answer = async (
  { now, then }: { now: PolicyInput; then: PolicyInput },
  rows: readonly Row[],
  asked: FormatName | null,
  present: PolicyFile | undefined,
): Promise<PolicyAnswer> => {
  const formats = offered(then);
  const format = asked ?? formats[0]?.format ?? 'json';
  const before = (await policyOutput(format, now)).files;
  const after = (await policyOutput(format, then)).files;
  const output = await policyOutput(format, then, present);
  return {
    agent: then.agent,
    environment: then.environment,
    formats,
    applied: rows.map((row) => textOf(row, 'recommendation_id')),
    against_held: diffOf(before, after),
    ...output,
  };
};

/** Of all files, also of those that only one side has. */
const diffOf = (before: readonly PolicyFile[], after: readonly PolicyFile[]): string => {
  const textIn = (files: readonly PolicyFile[], name: string): string =>
    files.find((file) => file.name === name)?.text ?? '';
  const names = new Set([...before, ...after].map((file) => file.name));
  return [...names]
    .map((name) => unifiedDiff(name, textIn(before, name), textIn(after, name)))
    .join('');
};

/** Formats of the systems that something changes in first, then those for all, then those of what stays, then the others. */
const offered = ({ held, changes: changed }: PolicyInput): PolicyAnswer['formats'] => {
  const isFor = (prefixes: readonly string[], of: readonly { permission: string }[]): boolean =>
    of.some(
      ({ permission: one }) => one === '*' || prefixes.some((start) => one.startsWith(start)),
    );
  const rank = (name: FormatName): number => {
    const { prefixes }: Format = FORMATS[name];
    if (prefixes === undefined) return 1;
    return isFor(prefixes, changed) ? 0 : isFor(prefixes, held) ? 2 : 3;
  };
  return POLICY_FORMATS.map((format) => ({ format, at: rank(format) }))
    .sort((a, b) => a.at - b.at)
    .map(({ format, at }) => ({ format, fits: at < 3 }));
};

/** `format` names a policy here, and an export elsewhere. */
const readFormat = (
  c: ApiContext,
  takes: readonly ParamName[],
): { format: FormatName | null; environment: string | null } => {
  const url = new URL(c.req.url);
  const [format, more] = url.searchParams.getAll('format');
  if (more !== undefined || (format !== undefined && !isFormat(format))) {
    throw new AppError('bad_param', `param "format" must be one of ${POLICY_FORMATS.join(', ')}`);
  }
  url.searchParams.delete('format');
  const { environment } = readParams(url.href, takes);
  return {
    format: format === undefined || !isFormat(format) ? null : format,
    environment: typeof environment === 'string' ? environment : null,
  };
};

const told = (
  summary: string,
  takes: readonly ParamName[],
  changed = false,
): MiddlewareHandler<ApiEnv> =>
  describeRoute({
    summary,
    parameters: [
      ...describeParams(takes),
      {
        name: 'format',
        in: 'query',
        description: "one format; the first that is for the agent's systems where it is left out",
        schema: { type: 'string', enum: [...POLICY_FORMATS] },
      },
    ],
    ...(changed && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: resolver(policyBody) } },
      },
    }),
    responses: {
      200: {
        description: 'The policy, what it cannot say, and its diff where one was given',
        content: { 'application/json': { schema: resolver(policyAnswer) } },
      },
      default: {
        description: 'Refused or failed',
        content: { 'application/json': { schema: resolver(errorBody) } },
      },
    },
  });
