// footprint recommend: what can be taken back, each with its evidence, for people and for scripts.
import * as v from 'valibot';
import { RECOMMENDATION_KINDS } from '../model/words.ts';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { readSettings, SETTING_OPTIONS } from './settings.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

const FORMATS = ['text', 'json', 'csv'] as const;
/** What is still to be done; with --state others. */
const STATES = ['open', 'accepted', 'announced', 'asked_first', 'regressed'] as const;
/** Text of agents: what cannot be seen must not move the terminal's cursor. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const answerOf = v.object({
  rows: v.array(
    v.object({
      kind: v.string(),
      agent: v.string(),
      environment: v.string(),
      permission: v.string(),
      resource_pattern: v.string(),
      subject: v.string(),
      proposed: v.array(v.string()),
      evidence: v.string(),
      joint_risk: v.nullable(v.number()),
      index_reduction: v.number(),
      state: v.string(),
    }),
  ),
  truncated: v.boolean(),
});
type Row = v.InferOutput<typeof answerOf>['rows'][number];

export const recommendCommand: Command = {
  name: 'recommend',
  summary: 'what can be taken back from which agent, each with its evidence',
  help: `Usage: footprint recommend [options]

Lists the proposals that nobody has dealt with yet: what is proposed, on what, why, and
what it takes off the excess index. Nothing is applied by itself.

Options:
  --agent <name>         of this agent only
  --environment <name>   of this environment only
  --kind <kind>          ${RECOMMENDATION_KINDS.slice(0, 4).join(', ')},
                         ${RECOMMENDATION_KINDS.slice(4, 8).join(', ')},
                         ${RECOMMENDATION_KINDS.slice(8).join(', ')}
  --state <state>        in this state (default: ${STATES.join(', ')})
  --format <format>      ${FORMATS.join(', ')} (default: text)
  --url <url>            a running server (default: the one of the settings; without
                         one the data folder itself is opened)
  --data, --host, --port as of footprint serve

Ends with 0 when done, with 1 where no server and no data are there, with 2 when called
wrongly.
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
      agent: { type: 'string' },
      environment: { type: 'string' },
      kind: { type: 'string' },
      state: { type: 'string' },
      format: { type: 'string' },
    });
    if (positionals.length > 0) throw usageError('recommend takes nothing');
    const format = FORMATS.find((one) => one === (values.format ?? 'text'));
    if (format === undefined) {
      throw usageError(`--format must be one of ${FORMATS.join(', ')}, got "${values.format}"`);
    }
    const { kind } = values;
    if (kind !== undefined && !RECOMMENDATION_KINDS.some((one) => one === kind)) {
      throw usageError(`--kind must be one of ${RECOMMENDATION_KINDS.join(', ')}, got "${kind}"`);
    }
    const query = new URLSearchParams();
    for (const name of ['agent', 'environment', 'kind'] as const) {
      const told = values[name];
      if (told !== undefined) query.set(name, told);
    }
    for (const state of values.state === undefined ? STATES : [values.state]) {
      query.append('state', state);
    }
    if (format === 'csv') query.set('format', 'csv');
    const { config } = readSettings(values, io);
    const target = await openTarget({ url: values.url, config, io, asks: true });
    try {
      const told = await ask(target, `/api/v1/recommendations?${query.toString()}`);
      if (format === 'text') io.out(asText(v.parse(answerOf, JSON.parse(told))));
      else io.out(told.endsWith('\n') ? told : `${told}\n`);
      return EXIT.done;
    } finally {
      await target.close();
    }
  },
};

const ask = async (target: Target, path: string): Promise<string> => {
  const response = await target.send(path, {});
  if (response.ok) return response.text();
  throw new AppError('bad_request', await refusalOf(response));
};

const asText = ({ rows, truncated }: v.InferOutput<typeof answerOf>): string => {
  if (rows.length === 0) {
    return 'nothing is proposed: either nothing held is proven unused, or the evidence is not there yet\n';
  }
  const seen = (text: string): string => text.replaceAll(UNSEEN, '␣');
  const lines = rows.flatMap((row) => {
    const risk =
      row.joint_risk === null ? '' : `, joint risk ${(row.joint_risk * 100).toFixed(1)} %`;
    const gain = row.index_reduction > 0 ? `, −${row.index_reduction.toFixed(1)} points` : '';
    const state = row.state === 'open' ? '' : ` [${row.state.replace('_', ' ')}]`;
    const what = `${row.environment} ${row.agent}: ${whatOf(row)}${state}`;
    return [seen(what), seen(`    ${row.evidence}${risk}${gain}`)];
  });
  const text = lines.join('\n');
  return `${text}\n${truncated ? 'and more: --agent and --kind narrow the list\n' : ''}`;
};

const whatOf = ({ kind, permission, resource_pattern, subject, proposed }: Row): string => {
  const on = permission === '' ? subject : permission;
  const where =
    resource_pattern === '' || resource_pattern === '*' ? '' : ` on ${resource_pattern}`;
  const to = proposed.length === 0 ? '' : ` → ${proposed.join(', ')}`;
  return `${kind.replaceAll('_', ' ')} ${on}${where}${to}`;
};
