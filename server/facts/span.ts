// A span's row: what its request says of it, and what its attributes tell.
import type { Received } from '../model/group.ts';
import { NO_TEXT, type Texts } from '../model/texts.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import { fingerprintOf, type Of, type Pseudonym } from './evidence.ts';
import type { Kind } from './kind.ts';
import type { Origin } from './origin.ts';
import { FIELD, type Reader } from './reader.ts';
import { FORBIDDEN_STATUS, isRefusal } from './refusals.ts';

/** Where a span stands in the batch and the journal. */
export interface Place {
  batch: SpanBatch;
  /** Its number in the batch. */
  i: number;
  received: Received;
  workspace: number;
}

/** Ids, times, state and place. */
export const writeIds = (
  { columns: to, row }: Of,
  { batch, i, received, workspace }: Place,
): void => {
  to.workspace[row] = workspace;
  for (let word = 0; word < 4; word++) {
    to.trace_id[4 * row + 3 - word] = wordAt(batch.trace_id, 16 * i + 4 * word);
  }
  to.span_id[2 * row + 1] = wordAt(batch.span_id, 8 * i);
  to.span_id[2 * row] = wordAt(batch.span_id, 8 * i + 4);
  to.parent_span_id[2 * row + 1] = wordAt(batch.parent_span_id, 8 * i);
  to.parent_span_id[2 * row] = wordAt(batch.parent_span_id, 8 * i + 4);
  to.span_kind[row] = batch.kind[i] as number;
  writeTimes(to, row, {
    told: batch.started_at[i] as number,
    ended: batch.ended_at[i] as number,
    received_at: received.received_at,
  });
  to.status_code[row] = batch.status_code[i] as number;
  to.sampled[row] = isSampled(batch, i) ? 1 : 0;
  to.attested[row] = received.attested ? 1 : 0;
  to.journal_segment[row] = received.position.segment;
  to.journal_offset[row] = received.position.offset;
  to.journal_index[row] = batch.index[i] as number;
};

/** History is kept for as long: what began before cannot count, and no import of an archive needs more. */
const PAST_MICROS = 400 * 86_400 * 1_000_000;
/** Clocks that are kept by anybody differ by less. */
const AHEAD_MICROS = 3600 * 1_000_000;

/**
 * When it began and ended. A clock that cannot be right would stretch its session, and what is counted by time,
 * over all that lies between: such a span counts at its end where that can be, else when it came.
 */
const writeTimes = (
  to: Of['columns'],
  row: number,
  { told, ended, received_at }: { told: number; ended: number; received_at: number },
): void => {
  const from = received_at - PAST_MICROS;
  const until = received_at + AHEAD_MICROS;
  const can_start = told >= from && told <= until;
  const can_end = ended >= from && ended <= until;
  const or_end = can_end ? ended : received_at;
  const started = can_start ? told : or_end;
  to.started_at[row] = started;
  to.ended_at[row] = can_end ? ended : started;
  to.received_at[row] = received_at;
  to.told_at[row] = can_start && can_end ? Number.NaN : told;
};

interface Teller {
  kind: Kind;
  origin: Origin;
  person: Pseudonym;
}

/** All that the attributes tell; a span's own word goes before its convention's, that before its resource's. */
export const writeSpan = (
  { group: { texts }, columns: to, row }: Of,
  reader: Reader,
  { kind: { fact, derived }, origin, person }: Teller,
): void => {
  const is_action = fact === 'action';
  const tool = reader.text(FIELD.tool) || numberOf(derived?.tool, texts);
  const user = reader.string(FIELD.user) ?? origin.user;
  const seq = reader.int(FIELD.producer_seq);
  const error_type = reader.text(FIELD.error_type);
  to.environment[row] = origin.environment;
  to.fact[row] = texts.of(fact);
  to.error_type[row] = error_type;
  to.service[row] = origin.service;
  to.agent[row] = reader.text(FIELD.agent) || numberOf(derived?.agent, texts) || origin.agent;
  to.agent_parent[row] = reader.text(FIELD.agent_parent) || origin.agent_parent;
  to.agent_version[row] =
    reader.text(FIELD.agent_version) ||
    numberOf(derived?.agent_version, texts) ||
    origin.agent_version;
  to.agent_identity[row] = reader.text(FIELD.agent_identity) || origin.agent_identity;
  to.owner[row] = reader.text(FIELD.owner) || origin.owner;
  to.session[row] = reader.text(FIELD.session) || origin.session;
  to.task_id[row] = reader.text(FIELD.task_id) || origin.task_id;
  to.goal[row] = reader.text(FIELD.goal) || origin.goal;
  to.user_id[row] = user === null ? NO_TEXT : texts.of(person(user));
  to.permission[row] =
    reader.text(FIELD.permission) ||
    (is_action && tool !== NO_TEXT ? texts.behind('tool:', tool) : NO_TEXT);
  to.tool[row] = tool;
  to.tool_call_id[row] = reader.text(FIELD.tool_call_id);
  to.required_scopes[row] = reader.list(FIELD.required_scopes);
  to.resource_type[row] = reader.text(FIELD.resource_type);
  to.resource_id[row] = reader.text(FIELD.resource_id);
  to.denied[row] = is_action && isDenied(reader, error_type, texts) ? 1 : 0;
  to.decision_id[row] = reader.text(FIELD.decision_id);
  to.fingerprint[row] = fingerprintOf(reader, texts);
  to.surface_hash[row] = NO_TEXT;
  to.producer_id[row] = Number.isNaN(seq)
    ? NO_TEXT
    : reader.text(FIELD.producer_id) || origin.producer_id;
  to.producer_seq[row] = seq;
  to.model[row] =
    fact === 'model' || fact === 'agent' ? modelOf(reader, to.status_code[row]) : NO_TEXT;
};

const ERROR_STATUS = 2;

/** The model that answered; the one asked for is often an alias of it, and tells nothing where no answer came. */
const modelOf = (reader: Reader, status: number | undefined): number => {
  if (reader.string(FIELD.operation) === 'embeddings') return NO_TEXT;
  const answered = reader.text(FIELD.response_model);
  if (answered !== NO_TEXT || status === ERROR_STATUS) return answered;
  return reader.text(FIELD.request_model);
};

const isDenied = (reader: Reader, error_type: number, texts: Texts): boolean =>
  reader.int(FIELD.http_status) === FORBIDDEN_STATUS ||
  (error_type !== NO_TEXT && isRefusal(texts.text(error_type)));

const numberOf = (text: string | null | undefined, texts: Texts): number =>
  text === null || text === undefined ? NO_TEXT : texts.of(text);

/** Four bytes of an id, the first the most significant. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);

/** `ot=th:<hex>` is the share left out (W3C tracestate, OpenTelemetry probability sampling); zero leaves out none. */
const SAMPLING = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/;
/** W3C's limit of a trace state is 512 characters; one that is longer may be cut by anybody. */
const TRACE_STATE_BYTES_MAX = 1024;

const isSampled = ({ bytes, trace_state }: SpanBatch, i: number): boolean => {
  const length = Math.min(trace_state[2 * i + 1] as number, TRACE_STATE_BYTES_MAX);
  if (length === 0) return false;
  const from = trace_state[2 * i] as number;
  const told = Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('latin1');
  const match = SAMPLING.exec(told);
  return match !== null && !/^0+$/.test(match[1] ?? '0');
};
