// footprint alerts: what is wrong now, for people and for CI.
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { readSettings, SETTING_OPTIONS } from './settings.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
/** As many as one answer of the API holds. */
const LIMIT = 2000;

const alertsAnswer = v.object({
  rows: v.array(
    v.object({
      severity: v.picklist(SEVERITIES),
      state: v.string(),
      rule: v.string(),
      message: v.string(),
      muted_until: v.nullable(v.string()),
    }),
  ),
});
const rulesAnswer = v.object({
  rows: v.array(
    v.object({ name: v.string(), error: v.nullable(v.string()), enabled: v.boolean() }),
  ),
});
/** Text of agents: what cannot be seen must not move the terminal's cursor. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'evaluate the alert rules and list what is wrong; with --fail-on, fail then',
  help: `Usage: footprint alerts [options]

Evaluates all rules of alerts now, and lists what fires, the worst first.

Options:
  --json                 the rows as JSON
  --fail-on <severity>   end with 1 where an alert of this severity or a worse one fires
                         that is not muted, or a rule cannot run: ${SEVERITIES.join(', ')}
  --url <url>            a running server (default: the one of the settings; without
                         one the data folder itself is opened)
  --data, --host, --port as of footprint serve

Ends with 0 when done, with 1 where --fail-on found something or no server and no data
are there, with 2 when called wrongly.
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
      json: { type: 'boolean' },
      'fail-on': { type: 'string' },
    });
    if (positionals.length > 0) throw usageError('alerts takes nothing');
    const told = values['fail-on'];
    const least = SEVERITIES.find((severity) => severity === told);
    if (told !== undefined && least === undefined) {
      throw usageError(`--fail-on must be one of ${SEVERITIES.join(', ')}, got "${told}"`);
    }
    const { config } = readSettings(values, io);
    const target = await openTarget({ url: values.url, config, io, asks: true });
    try {
      await ask(target, '/api/v1/alerts/evaluate', { method: 'POST' });
      const answer = await ask(target, `/api/v1/alerts?limit=${LIMIT}`, {});
      const { rows } = v.parse(alertsAnswer, answer);
      const rules = v.parse(rulesAnswer, await ask(target, '/api/v1/alerts/rules', {})).rows;
      const broken = rules.filter(({ enabled, error }) => enabled && error !== null);
      if (values.json === true) io.out(`${JSON.stringify(answer)}\n`);
      else {
        for (const { severity, state, message, muted_until } of rows) {
          const note = muted_until === null ? '' : ` (muted until ${muted_until})`;
          const text = message.replaceAll(UNSEEN, '␣');
          io.out(`${severity.padEnd(7)} ${state.replace('_', ' ').padEnd(8)} ${text}${note}\n`);
        }
        if (rows.length === 0) io.out('no alert fires\n');
      }
      for (const { name, error } of broken) {
        io.err(`footprint: rule ${name} cannot run: ${error ?? ''}\n`);
      }
      if (least === undefined) return EXIT.done;
      const worst = SEVERITIES.slice(SEVERITIES.indexOf(least));
      const found = rows.filter(
        ({ severity, muted_until }) => muted_until === null && worst.includes(severity),
      ).length;
      if (found > 0) io.err(`footprint: ${found} alert(s) of severity ${least} or worse\n`);
      return found > 0 || broken.length > 0 ? EXIT.failed : EXIT.done;
    } finally {
      await target.close();
    }
  },
};

const ask = async (target: Target, path: string, init: RequestInit): Promise<unknown> => {
  const response = await target.send(path, init);
  if (response.ok) return response.json();
  throw new AppError('bad_request', await refusalOf(response));
};
