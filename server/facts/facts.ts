// Spans into facts: what each one tells, whichever convention it was written in. Pure: no clock, no disk, no network.
import type { SpanBatch } from '../otlp/batch.ts';
import type { CredentialRow, SpanFacts, SpanRow, SurfaceRow } from '../model/rows.ts';
import { DEFAULT_ENVIRONMENT, type Dialect, type Fact } from '../model/words.ts';
import { CONVENTIONS } from './conventions/all.ts';
import type { Derived, Told } from './conventions/convention.ts';
import { footprint, isStampedUse } from './conventions/footprint.ts';
import { approvalOf, credentialOf, decisionOf, fingerprintOf, type Pseudonym } from './evidence.ts';
import { FORBIDDEN_STATUS, isRefusal } from './refusals.ts';
import { createReader, type Reader } from './reader.ts';
import { createStrings, cutEnd, type Strings } from './strings.ts';
import { createSurfaces, type Surfaces } from './surfaces.ts';
import { createToolReader } from './tools.ts';

export { FACT_KEYS } from './reader.ts';

/** Names of spans are for people; longer ones are cut. */
const MAX_NAME_BYTES = 1024;

/** A pseudonym costs an HMAC; people remembered at a time. */
const MAX_PEOPLE = 10_000;

const NO_PARENT = '0000000000000000';

/** Scopes of our own instrumentation: the spans that it makes are ours whatever else they carry. */
const OWN_SCOPE = '@footprint/';

/** One span's facts for each span of the batch, in its order. */
export type Facts = (batch: SpanBatch) => SpanFacts[];

/** What a resource says of all its spans. */
interface Origin {
  service: string | null;
  environment: string;
  owner: string | null;
  agent: string | null;
  agent_version: string | null;
  agent_identity: string | null;
  agent_parent: string | null;
  session: string | null;
  task_id: string | null;
  goal: string | null;
  user: string | null;
  producer_id: string | null;
}

/** Remembers strings, tool lists and people between batches, all bounded; `pseudonym` is asked once a person. */
export const createFacts = ({ pseudonym }: { pseudonym: Pseudonym }): Facts => {
  const strings = createStrings();
  const surfaces = createSurfaces(createToolReader());
  const person = remembered(pseudonym);
  return (batch) => factsOf(batch, strings, surfaces, person);
};

const factsOf = (
  batch: SpanBatch,
  strings: Strings,
  surfaces: Surfaces,
  person: Pseudonym,
): SpanFacts[] => {
  const bytes = bufferOf(batch.bytes, batch.bytes.length);
  const reader = createReader(batch, bytes, batch.attributes, strings);
  const origins = originsOf(batch, bytes, strings);
  const ids = {
    trace: bufferOf(batch.trace_id, batch.spans * 16).toString('hex'),
    span: bufferOf(batch.span_id, batch.spans * 8).toString('hex'),
    parent: bufferOf(batch.parent_span_id, batch.spans * 8).toString('hex'),
  };
  const facts: SpanFacts[] = [];
  for (let i = 0; i < batch.spans; i++) {
    const met = reader.open(i);
    const name = textAt(bytes, batch.name, i, strings);
    const told: Told = { name, text: reader.text, has: reader.has };
    const kind = kindOf(told, met);
    const scope = textAt(bytes, batch.scope_name, i, strings);
    const dialect = scope.startsWith(OWN_SCOPE) ? 'footprint' : kind.dialect;
    const origin = origins[batch.resource[i] as number] as Origin;
    const span = spanRow(reader, { name, dialect, kind, origin, person });
    const parent = ids.parent.slice(16 * i, 16 * i + 16);
    span.trace_id = ids.trace.slice(32 * i, 32 * i + 32);
    span.span_id = ids.span.slice(16 * i, 16 * i + 16);
    span.parent_span_id = parent === NO_PARENT ? null : parent;
    span.span_kind = batch.kind[i] as number;
    span.started_at = batch.started_at[i] as number;
    span.ended_at = batch.ended_at[i] as number;
    span.status_code = batch.status_code[i] as number;
    span.sampled = isSampled(textAt(bytes, batch.trace_state, i, strings));
    facts.push(withEvidence(span, reader, { surfaces, bytes, person }));
  }
  return facts;
};

interface Kind {
  fact: Fact;
  dialect: Dialect;
  derived: Derived | null;
}

const OTHER: Kind = { fact: 'other', dialect: 'other', derived: null };

/** The first convention that knows the span decides; a convention is asked only where one of its keys was met. */
const kindOf = (told: Told, met: number): Kind => {
  if (met === 0) return OTHER;
  let dialect: Dialect = 'other';
  for (let bit = 0; bit < CONVENTIONS.length; bit++) {
    if ((met & (1 << bit)) === 0) continue;
    const convention = CONVENTIONS[bit] as (typeof CONVENTIONS)[number];
    const derived = convention.derive(told);
    if (derived !== null) return { fact: derived.fact, dialect: convention.dialect, derived };
    if (dialect === 'other' && convention !== footprint) dialect = convention.dialect;
  }
  if (isStampedUse(told)) return { fact: 'action', dialect: 'footprint', derived: null };
  return { fact: 'other', dialect, derived: null };
};

interface SpanContext {
  name: string;
  dialect: Dialect;
  kind: Kind;
  origin: Origin;
  person: Pseudonym;
}

/** The row without ids, times and state, which are columns of the batch and filled in after. */
const spanRow = (reader: Reader, { name, dialect, kind, origin, person }: SpanContext): SpanRow => {
  const { fact, derived } = kind;
  const isAction = fact === 'action';
  const tool = reader.text('tool') ?? derived?.tool ?? null;
  const permission = reader.text('permission');
  const errorType = reader.text('error_type');
  const user = reader.text('user') ?? origin.user;
  const seq = reader.int('producer_seq');
  return {
    trace_id: '',
    span_id: '',
    parent_span_id: null,
    environment: origin.environment,
    name,
    span_kind: 0,
    fact,
    dialect,
    started_at: 0,
    ended_at: 0,
    status_code: 0,
    error_type: errorType,
    service: origin.service,
    agent: reader.text('agent') ?? derived?.agent ?? origin.agent,
    agent_parent: reader.text('agent_parent') ?? origin.agent_parent,
    agent_version: reader.text('agent_version') ?? derived?.agent_version ?? origin.agent_version,
    agent_identity: reader.text('agent_identity') ?? origin.agent_identity,
    owner: reader.text('owner') ?? origin.owner,
    session: reader.text('session') ?? origin.session,
    task_id: reader.text('task_id') ?? origin.task_id,
    goal: reader.text('goal') ?? origin.goal,
    user_id: user === null ? null : person(user),
    permission: permission ?? (isAction && tool !== null ? `tool:${tool}` : null),
    tool,
    tool_call_id: reader.text('tool_call_id'),
    required_scopes: reader.list('required_scopes'),
    resource_type: reader.text('resource_type'),
    resource_id: reader.text('resource_id'),
    denied:
      isAction &&
      (reader.int('http_status') === FORBIDDEN_STATUS ||
        (errorType !== null && isRefusal(errorType))),
    decision_id: reader.text('decision_id'),
    fingerprint: fingerprintOf(reader),
    surface_hash: null,
    producer_id: seq === null ? null : (reader.text('producer_id') ?? origin.producer_id),
    producer_seq: seq,
    sampled: false,
  };
};

interface Sources {
  surfaces: Surfaces;
  bytes: Buffer;
  person: Pseudonym;
}

const withEvidence = (span: SpanRow, reader: Reader, sources: Sources): SpanFacts => {
  const { fact } = span;
  const credential = credentialOf(reader, span.name, fact);
  const surface = surfaceOf(fact, credential, reader, sources);
  span.surface_hash = surface?.surface_hash ?? null;
  return {
    span,
    decision: fact === 'decision' ? decisionOf(reader, sources.person) : null,
    approval: fact === 'approval' ? approvalOf(reader, sources.person) : null,
    credential,
    surface,
  };
};

const surfaceOf = (
  fact: Fact,
  credential: CredentialRow | null,
  reader: Reader,
  { surfaces, bytes }: Sources,
): SurfaceRow | null => {
  if (fact === 'surface') return surfaces.snapshot(reader);
  const tools = surfaces.tools(reader, bytes);
  return tools === null && credential !== null ? surfaces.token(credential) : tools;
};

const originsOf = (batch: SpanBatch, bytes: Buffer, strings: Strings): Origin[] => {
  const reader = createReader(batch, bytes, batch.resource_attributes, strings);
  const origins: Origin[] = [];
  for (let i = 0; i < batch.resources; i++) {
    reader.open(i);
    origins.push({
      service: reader.text('service'),
      environment: reader.text('environment') ?? DEFAULT_ENVIRONMENT,
      owner: reader.text('owner'),
      agent: reader.text('agent'),
      agent_version: reader.text('agent_version'),
      agent_identity: reader.text('agent_identity'),
      agent_parent: reader.text('agent_parent'),
      session: reader.text('session'),
      task_id: reader.text('task_id'),
      goal: reader.text('goal'),
      user: reader.text('user'),
      producer_id: reader.text('producer_id'),
    });
  }
  return origins;
};

/** `ot=th:<hex>` is the share left out (W3C tracestate, OpenTelemetry probability sampling); zero leaves out none. */
const SAMPLING = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/;

const isSampled = (traceState: string): boolean => {
  if (traceState === '') return false;
  const match = SAMPLING.exec(traceState);
  return match !== null && !/^0+$/.test(match[1] ?? '0');
};

const textAt = (bytes: Buffer, slices: Uint32Array, i: number, strings: Strings): string => {
  const length = slices[2 * i + 1] as number;
  if (length === 0) return '';
  const offset = slices[2 * i] as number;
  return strings.cached(bytes, offset, cutEnd(bytes, offset, length, MAX_NAME_BYTES));
};

const bufferOf = (array: Uint8Array, length: number): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, length);

const remembered = (pseudonym: Pseudonym): Pseudonym => {
  const known = new Map<string, string>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const name = pseudonym(id);
    if (known.size >= MAX_PEOPLE) known.clear();
    known.set(id, name);
    return name;
  };
};
