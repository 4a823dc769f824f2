// Spans into facts: what each one tells, whichever convention it was written in. Pure: no clock, no disk, no network.
import type { Group, Received } from '../model/group.ts';
import { NO_TEXT, type Texts } from '../model/texts.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import {
  credentialEvent,
  tellApproval,
  tellCredential,
  tellDecision,
  tellResource,
  type Of,
  type Pseudonym,
} from './evidence.ts';
import { kindOf } from './kind.ts';
import { originsOf } from './origin.ts';
import { createReader, cutEnd, FIELD } from './reader.ts';
import { writeIds, writeSpan, type Place } from './span.ts';
import { createSurfaces } from './surfaces.ts';
import { createToolReader } from './tools.ts';

export { FACT_KEYS } from './reader.ts';

/** Names of spans are for people; longer ones are cut. */
const MAX_NAME_BYTES = 1024;

/** A pseudonym costs an HMAC; people remembered at a time. */
const MAX_PEOPLE = 10_000;

/** Status.code of opentelemetry-proto. */
const ERROR_STATUS = 2;

/** Scopes of our own instrumentation: the spans that it makes are ours whatever else they carry. */
const OWN_SCOPE = '@footprint/';

/** Adds a row for each span of the batch to the group's tables, in its order. */
export type Facts = (batch: SpanBatch, received: Received, group: Group) => void;

/** Remembers tool lists and people between batches, all bounded; `pseudonym` is asked once a person. */
export const createFacts = ({ pseudonym }: { pseudonym: Pseudonym }): Facts => {
  const tellSurface = createSurfaces(createToolReader());
  const person = remembered(pseudonym);
  return (batch, received, group) => {
    const { texts } = group;
    const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
    const reader = createReader(batch, batch.attributes, texts);
    const origins = originsOf(batch, texts);
    const workspace = texts.of(received.workspace);
    for (let i = 0; i < batch.spans; i++) {
      const page = group.spans.open();
      const row = page.rows;
      const { columns } = page;
      const number = page.first + row;
      const of: Of = { group, columns, row, number };
      const met = reader.open(i);
      const name = textAt(batch.bytes, batch.name, i, texts);
      const is_own = isOwnScope(batch, i);
      const kind = kindOf(reader, texts.text(name), met);
      const origin = origins[batch.resource[i] as number] as (typeof origins)[number];
      const place: Place = { batch, i, received, workspace };
      columns.name[row] = name;
      columns.dialect[row] = texts.of(is_own ? 'footprint' : kind.dialect);
      writeIds(of, place);
      writeSpan(of, reader, { kind, origin, person });
      page.of[row] = number;
      page.rows += 1;
      const names_token = columns.fingerprint[row] !== NO_TEXT;
      const event = names_token ? credentialEvent(reader, texts.text(name), kind.fact) : null;
      if (kind.fact === 'decision') tellDecision(reader, of, person);
      if (kind.fact === 'approval') tellApproval(reader, of, person);
      if (event !== null) tellCredential(reader, of, event, person);
      if (reader.has(FIELD.temp_resource_id)) {
        const failed = columns.status_code[row] === ERROR_STATUS;
        tellResource(reader, of, { fact: kind.fact, failed });
      }
      tellSurface(reader, bytes, of, { fact: kind.fact, event });
    }
  };
};

const textAt = (bytes: Uint8Array, slices: Uint32Array, i: number, texts: Texts): number => {
  const length = slices[2 * i + 1] as number;
  const offset = slices[2 * i] as number;
  return texts.at(bytes, offset, cutEnd(bytes, offset, length, MAX_NAME_BYTES));
};

const isOwnScope = ({ bytes, scope_name }: SpanBatch, i: number): boolean => {
  const offset = scope_name[2 * i] as number;
  if ((scope_name[2 * i + 1] as number) < OWN_SCOPE.length) return false;
  for (let at = 0; at < OWN_SCOPE.length; at++) {
    if (bytes[offset + at] !== OWN_SCOPE.charCodeAt(at)) return false;
  }
  return true;
};

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
