// A scan as text for people: one agent after the other, what it holds against what it used, and the shorter list.
import { sayable } from './sayable.ts';
import type { AgentReport, Report } from './scan.ts';
import type { Reduced } from './reduce.ts';
import type { RuleRow, ServerRow } from './scope.ts';
import type { Count } from './tally.ts';

/** Rows of a table that are printed; all of them are in --format json. */
const ROWS_MAX = 40;
const OTHERS_MAX = 15;
const NAME_WIDTH_MAX = 56;

export const printReport = (report: Report): string => {
  const agents = report.agents.map(agentText);
  const files = `${report.settings} settings file(s), ${report.transcripts} transcript(s)`;
  const none = report.agents.length === 0 ? ['No agent was found in them.\n'] : [];
  return [`Read ${files}. Nothing was sent or kept.\n`, ...none, ...agents].join('\n');
};

const agentText = (agent: AgentReport): string => {
  const { evidence } = agent;
  const where = agent.project === null ? 'all projects' : agent.project;
  const lines = [
    `== ${agent.agent}, ${where} ==`,
    evidenceLine(agent),
    ...agent.modes.map((mode) => `! ${mode}`),
    ...table('granted by rule', agent.rules.map(ruleCells), ROWS_MAX),
    ...table('granted by server', agent.servers.flatMap(serverCells), ROWS_MAX),
    ...table(
      'used without a rule (asked for, or opened by a mode)',
      agent.without_rule.map((row) => [row.name, ...countCells(row)]),
      OTHERS_MAX,
    ),
    ...agent.reduced.flatMap((one) => reducedLines(one, evidence)),
    ...(agent.servers_used === null
      ? []
      : [
          '',
          `servers of .mcp.json that were used: "enabledMcpjsonServers": ${JSON.stringify(agent.servers_used)}`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
};

const day = (instant: string | null): string => instant?.slice(0, 10) ?? '';

const evidenceLine = ({ evidence, agent, unseen_share }: AgentReport): string => {
  if (unseen_share === null) {
    const read = agent === 'claude-code' || agent === 'codex';
    const why = read ? 'no transcript of it was found' : 'its transcripts are not read';
    return `What it used is not known: ${why}.`;
  }
  const from =
    evidence.first_at === null ? '' : `, ${day(evidence.first_at)} to ${day(evidence.last_at)}`;
  const refused = evidence.refused === 0 ? '' : `, ${evidence.refused} refused`;
  const share = (unseen_share * 100).toFixed(unseen_share < 0.1 ? 1 : 0);
  return (
    `${evidence.uses} use(s) in ${evidence.sessions} session(s)${from}${refused}. What was never used in them ` +
    `may still be in up to ${share} % of sessions (95 % confidence).`
  );
};

type Cells = [name: string, used: string, sessions: string, last: string];

const countCells = ({ uses, refused, sessions, last_at }: Count): [string, string, string] => [
  `${uses} x${refused === 0 ? '' : `, ${refused} refused`}`,
  `${sessions} session(s)`,
  day(last_at),
];

const cellsOf = (name: string, row: RuleRow | ServerRow): Cells => {
  if (row.state === 'unknown') return [name, 'not known', '', ''];
  return row.state === 'unused' && row.refused === 0
    ? [name, 'never', '', '']
    : [name, ...countCells(row)];
};

const ruleCells = (row: RuleRow): Cells => cellsOf(`${row.list.padEnd(5)} ${row.rule}`, row);

const serverCells = (row: ServerRow): Cells[] => {
  const carries = row.carries.length === 0 ? '' : `; with ${row.carries.join(', ')}`;
  const open =
    row.auto_approved.length === 0 ? '' : `; never asked: ${row.auto_approved.join(', ')}`;
  const off = row.disabled ? '; disabled' : '';
  const head = cellsOf(`${row.name} (${row.transport} ${row.runs}${carries}${open}${off})`, row);
  const tools = row.tools.map((tool): Cells => [`  ${tool.name}`, ...countCells(tool)]);
  return [head, ...tools];
};

const table = (title: string, rows: readonly Cells[], max: number): string[] => {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, max);
  const width = Math.min(NAME_WIDTH_MAX, Math.max(...shown.map(([name]) => name.length)));
  const used = Math.max(...shown.map(([, text]) => text.length));
  const lines = shown.map(([name, text, sessions, last]) =>
    `  ${name.padEnd(width)}  ${text.padEnd(used)}  ${sessions.padEnd(14)} ${last}`.trimEnd(),
  );
  const rest = rows.length - shown.length;
  return ['', `${title}:`, ...lines, ...(rest > 0 ? [`  and ${rest} more (--format json)`] : [])];
};

const reducedLines = (reduced: Reduced, evidence: Count): string[] => {
  const { setting, permissions, taken_out, narrowed, not_told } = reduced;
  const path = sayable(reduced.path);
  if (taken_out.length === 0 && narrowed.length === 0)
    return ['', `${path}: every rule that allows was used; nothing to take out.`];
  return [
    '',
    `reduced to what ${evidence.sessions} session(s) used; in place of the lists in ${path}:`,
    JSON.stringify(
      setting === 'permissions' ? { permissions } : { allowedTools: permissions.allow },
      null,
      2,
    ),
    ...taken_out.map((rule) => `  taken out  ${rule}`),
    ...narrowed.map(({ from, to }) => `  narrowed   ${from} to ${to.length} rule(s)`),
    ...(not_told === 0
      ? []
      : [
          `  ${not_told} rule(s) hold what looks like a secret and are not printed: keep them by hand`,
        ]),
  ];
};
