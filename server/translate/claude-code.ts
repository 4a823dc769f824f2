// Claude Code's events (code.claude.com/docs/en/monitoring-usage): who allowed a tool, and that it ran. Parameters and prompts are content and not read.
import { ATTR } from '../../collector/attributes.ts';
import { textAt, type LogRecord, type LogSource } from './log-records.ts';
import type { Effect } from '../model/words.ts';
import type { Attributes, Told } from './span.ts';

const PREFIX = 'claude_code.';
const SERVICE = 'claude-code';
const NANOSECONDS_PER_MS = 1_000_000n;
/** Milliseconds of the longest run that is believed: a day. */
const DURATION_MS_MAX = 86_400_000;

/** `source` of a decision by a person → how it was answered, and for how long. */
const ANSWERS: Readonly<Record<string, readonly [outcome: string, source: string]>> = {
  user_permanent: ['approved', 'user_always'],
  user_temporary: ['approved', 'user_once'],
  user_reject: ['denied', 'user_once'],
  user_abort: ['cancelled', 'user_once'],
};

/** Other events of Claude Code tell of prompts, costs and sessions: known, and no permission in them. */
export const claudeCode: LogSource = (record) => {
  const is_theirs =
    record.event.startsWith(PREFIX) || textAt(record.resource, 'service.name') === SERVICE;
  if (!is_theirs) return null;
  const event = record.event.replace(PREFIX, '');
  if (textAt(record.attributes, 'tool_name') === '') return [];
  if (event === 'tool_decision') return decisionOf(record);
  return event === 'tool_result' ? useOf(record) : [];
};

const decisionOf = (record: LogRecord): Told[] => {
  const { attributes: told } = record;
  const source = textAt(told, 'source');
  const permission = permissionOf(told);
  const answer = ANSWERS[source];
  const decision: Told = {
    ...placeOf(record),
    name: `authorize ${permission}`,
    identity: ['decision', ...identityOf(record)],
    attributes: {
      ...whoseOf(record),
      [ATTR.decision_effect]: effectOf(told, answer !== undefined),
      [ATTR.decision_enforcement]: 'enforced',
      [ATTR.decision_reason]: source === '' ? undefined : source,
      [ATTR.policy_engine]: 'harness',
    },
  };
  if (answer === undefined) return [decision];
  const approval: Told = {
    ...placeOf(record),
    name: `request_approval ${permission}`,
    identity: ['approval', ...identityOf(record)],
    attributes: {
      ...whoseOf(record),
      [ATTR.approval_tier]: 'single',
      [ATTR.approval_outcome]: answer[0],
      [ATTR.approval_source]: answer[1],
      [ATTR.approval_approver_type]: 'user',
    },
  };
  return [decision, approval];
};

/** Where a person answered, the harness had asked; what was answered is the approval's to tell. */
const effectOf = (told: Attributes, is_answered: boolean): Effect => {
  if (is_answered) return 'require_approval';
  return textAt(told, 'decision') === 'accept' ? 'allow' : 'deny';
};

/** The event comes when the tool has ended. One that was not let run is told of by its decision. */
const useOf = (record: LogRecord): Told[] => {
  const { attributes: told } = record;
  if (textAt(told, 'decision_type') === 'reject') return [];
  const ms = Math.min(Math.max(Number(told['duration_ms'] ?? 0) || 0, 0), DURATION_MS_MAX);
  const began = record.at - BigInt(Math.round(ms)) * NANOSECONDS_PER_MS;
  const is_failed = String(told['success']) === 'false';
  const permission = permissionOf(told);
  return [
    {
      ...placeOf(record),
      name: `execute_tool ${textAt(told, 'tool_name')}`,
      identity: ['use', ...identityOf(record)],
      started_at: began < 0n ? 0n : began,
      ended_at: record.at,
      failed: is_failed,
      attributes: {
        ...whoseOf(record),
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': permission.slice(permission.indexOf(':') + 1),
        'error.type': is_failed ? textAt(told, 'error_type') || 'tool_error' : undefined,
      },
    },
  ];
};

/** A prompt and all that it led to is a trace, where Claude Code sends none of its own. */
const placeOf = ({ at, trace_id, span_id, attributes }: LogRecord) => ({
  trace_id,
  trace_of: [SERVICE, textAt(attributes, 'session.id'), textAt(attributes, 'prompt.id')],
  parent_span_id: span_id,
  started_at: at,
});

const identityOf = ({ at, attributes: told }: LogRecord): unknown[] => [
  textAt(told, 'session.id'),
  // Older versions send no id of the call.
  textAt(told, 'tool_use_id') || [String(at), told['tool_name'], told['event.sequence']],
];

const whoseOf = ({ attributes: told }: LogRecord): Attributes => {
  const call = textAt(told, 'tool_use_id') || undefined;
  return {
    [ATTR.permission]: permissionOf(told),
    [ATTR.decision_id]: call,
    [ATTR.session_id]: textAt(told, 'session.id') || undefined,
    'gen_ai.agent.name': SERVICE,
    'gen_ai.tool.call.id': call,
    'user.id': textAt(told, 'user.id') || undefined,
  };
};

/** `mcp__server__tool` is `mcp.server:tool`; all other tools are Claude Code's own. */
const permissionOf = (told: Attributes): string => {
  const tool = textAt(told, 'tool_name');
  const [, server, name] = /^mcp__(.+?)__(.+)$/s.exec(tool) ?? [];
  return server === undefined || name === undefined ? `tool:${tool}` : `mcp.${server}:${name}`;
};
