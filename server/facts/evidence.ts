// What decision, approval and credential spans tell beyond the span itself.
import { SPAN } from '../../collector/attributes.ts';
import type { Group, OF_SPAN, SPANS } from '../model/group.ts';
import type { Columns, Schema, Table } from '../model/table.ts';
import { NO_TEXT } from '../model/texts.ts';
import { EFFECTS, type Fact } from '../model/words.ts';
import { isNamed } from './conventions/footprint.ts';
import { FIELD, type Reader } from './reader.ts';

/** Gives people the names under which they are kept: the same person the same name, never the id itself. */
export type Pseudonym = (id: string) => string;

/** The span that evidence is told by: where its row stands. */
export interface Of {
  group: Group;
  columns: Columns<typeof SPANS>;
  /** Row in the page, and in the group. */
  row: number;
  number: number;
}

/** The columns of a new row beside the span, those that name the span filled; the row is counted. */
export const beside = <S extends Schema & typeof OF_SPAN>(
  table: Table<S>,
  { columns, row, number }: Of,
): { columns: Columns<S>; row: number } => {
  const page = table.open();
  const at = page.rows;
  const { workspace, trace_id, span_id, started_at } = page.columns as Columns<typeof OF_SPAN>;
  workspace[at] = columns.workspace[row] as number;
  for (let word = 0; word < 4; word++)
    trace_id[4 * at + word] = columns.trace_id[4 * row + word] as number;
  span_id[2 * at] = columns.span_id[2 * row] as number;
  span_id[2 * at + 1] = columns.span_id[2 * row + 1] as number;
  started_at[at] = columns.started_at[row] as number;
  page.of[at] = number;
  page.rows += 1;
  return { columns: page.columns, row: at };
};

/** Prefix by which a chain of actors or a principal's id says that it is a person. */
const USER = 'user:';

const PEOPLE: ReadonlySet<string> = new Set(['user', 'human', 'person']);

/** A decision whose effect cannot be read told of no answer: it is an error. */
export const tellDecision = (reader: Reader, of: Of, pseudonym: Pseudonym): void => {
  const { texts, decisions } = of.group;
  const { columns: to, row } = beside(decisions, of);
  to.decision_id[row] = of.columns.decision_id[of.row] as number;
  to.effect[row] = effectOf(reader, texts);
  to.enforcement[row] = reader.text(FIELD.enforcement);
  to.reason[row] = reader.text(FIELD.reason);
  to.cached[row] = reader.bool(FIELD.cached) ? 1 : 0;
  to.engine[row] = reader.text(FIELD.engine);
  to.policy[row] = reader.text(FIELD.policy);
  to.policy_version[row] = reader.text(FIELD.policy_version);
  to.rules[row] = reader.list(FIELD.rules);
  to.principal_id[row] = personOr(reader, FIELD.principal_id, FIELD.principal_type, of, pseudonym);
  to.principal_type[row] = reader.text(FIELD.principal_type);
  to.delegation_type[row] = reader.text(FIELD.delegation_type);
  to.delegation_chain[row] = chainOf(reader, texts, pseudonym);
  to.logged[row] = reader.bool(FIELD.logged) ? 1 : 0;
};

/** An approval without an outcome is still being waited for. */
export const tellApproval = (reader: Reader, of: Of, pseudonym: Pseudonym): void => {
  const { texts, approvals } = of.group;
  const { columns: to, row } = beside(approvals, of);
  to.approval_id[row] = reader.text(FIELD.approval_id);
  to.decision_id[row] = of.columns.decision_id[of.row] as number;
  to.tier[row] = reader.text(FIELD.tier);
  to.outcome[row] = reader.text(FIELD.outcome) || texts.of('pending');
  to.source[row] = reader.text(FIELD.approval_source);
  to.approver[row] = personOr(reader, FIELD.approver, FIELD.approver_type, of, pseudonym);
  to.approver_type[row] = reader.text(FIELD.approver_type);
  to.requested_at[row] = instant(reader.string(FIELD.requested_at));
};

/** What a span tells of the token that it names. */
export type CredentialEvent = 'issued' | 'exchanged' | 'revoked' | 'used';

/** Null where the span says no more of the token that it names than that it was used. */
export const credentialEvent = (
  reader: Reader,
  name: string,
  fact: Fact,
): CredentialEvent | null => {
  const event = fact === 'credential' ? eventOf(name) : 'used';
  return event !== 'used' || TOLD_OF_TOKENS.some((field) => reader.has(field)) ? event : null;
};

/** A token's life or scopes. */
export const tellCredential = (
  reader: Reader,
  of: Of,
  event: CredentialEvent,
  pseudonym: Pseudonym,
): void => {
  const { texts, credentials } = of.group;
  const { columns: to, row } = beside(credentials, of);
  to.fingerprint[row] = of.columns.fingerprint[of.row] as number;
  to.event[row] = texts.of(event);
  to.type[row] = reader.text(FIELD.credential_type);
  to.issuer[row] = reader.text(FIELD.issuer);
  to.audience[row] = reader.text(FIELD.audience);
  to.credential_id[row] = reader.text(FIELD.credential_id);
  to.issued_at[row] = instant(reader.string(FIELD.issued_at));
  to.expires_at[row] = instant(reader.string(FIELD.expires_at));
  to.revoked_at[row] = instant(reader.string(FIELD.revoked_at));
  to.scopes[row] = reader.list(FIELD.scopes);
  to.scopes_requested[row] = reader.list(FIELD.scopes_requested);
  to.parent_fingerprint[row] = withoutMask(reader.text(FIELD.parent_fingerprint), texts);
  to.delegation_chain[row] = chainOf(reader, texts, pseudonym);
};

/** What was made for a task, or removed again; `failed` says that its span ended in an error. */
export const tellResource = (
  reader: Reader,
  of: Of,
  { fact, failed }: { fact: Fact; failed: boolean },
): void => {
  const { texts, resources } = of.group;
  const { columns: to, row } = beside(resources, of);
  to.resource_type[row] =
    reader.text(FIELD.temp_resource_type) ||
    reader.text(FIELD.resource_type) ||
    texts.of('unknown');
  to.resource_id[row] = reader.text(FIELD.temp_resource_id);
  to.event[row] = texts.of(fact === 'cleanup' ? 'cleanup' : 'made');
  to.expires_at[row] = instant(reader.string(FIELD.temp_resource_expires_at));
  to.outcome[row] = reader.text(FIELD.cleanup_outcome);
  to.trigger[row] = reader.text(FIELD.cleanup_trigger);
  to.failed[row] = failed ? 1 : 0;
};

/** A fingerprint of ours, behind which ingest leaves a mask where the credential was longer. */
const FINGERPRINT = /^fp_[0-9a-f]{32}(?=\**$)/;

/** The token that the span names, or that it presented in a header. */
export const fingerprintOf = (reader: Reader, texts: Group['texts']): number => {
  const named = withoutMask(reader.text(FIELD.fingerprint), texts);
  if (named !== NO_TEXT || !reader.has(FIELD.presented)) return named;
  const [presented = ''] = reader.strings(FIELD.presented) ?? [];
  const found = FINGERPRINT.exec(presented);
  return found === null ? NO_TEXT : texts.of(found[0]);
};

/** A mask alone names nothing: all credentials would be one. */
const withoutMask = (told: number, texts: Group['texts']): number => {
  const text = told === NO_TEXT ? '' : texts.text(told);
  if (!text.endsWith('*')) return told;
  const found = FINGERPRINT.exec(text);
  if (found !== null) return texts.of(found[0]);
  return /^\*+$/.test(text) ? NO_TEXT : told;
};

const TOLD_OF_TOKENS = [
  FIELD.credential_type,
  FIELD.expires_at,
  FIELD.scopes,
  FIELD.issued_at,
  FIELD.issuer,
];

const eventOf = (name: string): CredentialEvent => {
  if (isNamed(name, SPAN.revoke_credential)) return 'revoked';
  return isNamed(name, SPAN.exchange_credential) ? 'exchanged' : 'issued';
};

const effectOf = (reader: Reader, texts: Group['texts']): number => {
  const told = reader.text(FIELD.effect);
  const known = told !== NO_TEXT && EFFECTS.some((effect) => effect === texts.text(told));
  return known ? told : texts.of('error');
};

const personOr = (
  reader: Reader,
  id: number,
  type: number,
  { group: { texts } }: Of,
  pseudonym: Pseudonym,
): number => {
  const told = reader.string(id);
  if (told === null) return NO_TEXT;
  if (told.startsWith(USER)) return texts.of(actorName(told, pseudonym));
  return texts.of(PEOPLE.has(reader.string(type) ?? '') ? pseudonym(told) : told);
};

/** Actors from the outermost in, people under their pseudonym; 0 where none are told. */
const chainOf = (reader: Reader, texts: Group['texts'], pseudonym: Pseudonym): number => {
  const chain = reader.strings(FIELD.delegation_chain);
  return chain === null
    ? 0
    : texts.list(chain.map((actor) => texts.of(actorName(actor, pseudonym))));
};

const actorName = (actor: string, pseudonym: Pseudonym): string =>
  actor.startsWith(USER) ? USER + pseudonym(actor.slice(USER.length)) : actor;

/** RFC 3339; the fraction is cut to microseconds. */
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d{1,9}))?\d*(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Microseconds since 1970 of an RFC 3339 text, NaN where it is none or lies outside the years 1 to 9999. */
const instant = (text: string | null): number => {
  const match = text === null ? null : INSTANT.exec(text);
  if (match === null || text === null) return Number.NaN;
  const whole = Date.parse(text.replace(/\.\d+/, '').replace(' ', 'T'));
  if (!Number.isFinite(whole)) return Number.NaN;
  return whole * 1000 + Number((match[1] ?? '').padEnd(6, '0').slice(0, 6));
};
