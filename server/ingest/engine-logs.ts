// The doors of policy engines' own logs: OPA's decision log and Cerbos' audit log, translated into spans and kept as those are.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { LogSink } from '../model/log.ts';
import { translateCerbos } from '../translate/cerbos.ts';
import { type LoggedDecision, senderOf } from '../translate/decision.ts';
import { OPA_PATHS, type OpaPaths, readPath, translateOpa } from '../translate/opa.ts';
import type { Translated } from '../translate/read.ts';
import { requestOf } from '../translate/span.ts';
import type { IngestOptions } from './otlp-http.ts';
import { toldError } from './otlp-http.ts';
import type { Receiver } from './receiver.ts';
import { recordsOf } from './records.ts';
import { statusAnswer } from './status.ts';

type Env = { Bindings: Partial<HttpBindings>; Variables: { request_id?: string } };
type Translate = (entry: unknown) => Translated<LoggedDecision>;

/** What the sender is told; entries count from 0. */
export interface EngineLogAnswer {
  /** Decisions that are kept, those that were there before included. */
  decisions: number;
  /** Entries that tell of no decision. */
  passed_over: number;
  /** Entries that could not be read, and what is wrong with the first of them. */
  rejected: number;
  faults: string[];
}

/** A journal record each: more would hold all spans of a large body in memory as objects at once. */
const DECISIONS_A_RECORD = 2048;
/** A person reads the first few; the number says how many there are. */
const FAULTS_MAX = 10;
const TYPES = ['application/json', 'application/x-ndjson', 'application/jsonl'];

/** POST /v1/opa/logs and POST /v1/cerbos/logs. */
export const engineLogRoutes = ({ receiver, log }: IngestOptions): Hono => {
  const app = new Hono<Env>();
  app.all('/v1/opa/logs', (c) =>
    answer(c, { receiver, log }, () => {
      const paths = pathsOf(c.req.queries());
      return (entry) => translateOpa(entry, paths);
    }),
  );
  app.all('/v1/cerbos/logs', (c) => answer(c, { receiver, log }, () => translateCerbos));
  return app as unknown as Hono;
};

const answer = async (
  c: Context<Env>,
  { receiver, log }: { receiver: Receiver; log: LogSink },
  translator: () => Translate,
): Promise<Response> => {
  try {
    if (c.req.method !== 'POST') {
      throw new AppError('method_not_allowed', `logs are sent with POST, got ${c.req.method}`);
    }
    const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (!TYPES.includes(type ?? '')) {
      throw new AppError('unsupported_media_type', `logs are sent as ${TYPES.join(', ')}`);
    }
    const translate = translator();
    const { incoming } = c.env ?? {};
    const source = { incoming, body: incoming === undefined ? c.req.raw.body : null };
    const encoding = c.req.header('content-encoding');
    const told = await receiver.withBody(source, encoding, ({ plain }) =>
      keep(plain, translate, receiver),
    );
    c.header('cache-control', 'no-store');
    return c.json(told);
  } catch (error) {
    const { request_id } = c.var;
    return statusAnswer('json', toldError(error, log, request_id), request_id);
  }
};

const keep = async (
  body: Uint8Array,
  translate: Translate,
  receiver: Receiver,
): Promise<EngineLogAnswer> => {
  const told: EngineLogAnswer = { decisions: 0, passed_over: 0, rejected: 0, faults: [] };
  const reject = (number: number, fault: string): void => {
    told.rejected += number;
    if (told.faults.length < FAULTS_MAX) told.faults.push(fault);
  };
  let waiting: LoggedDecision[] = [];
  const send = async (): Promise<void> => {
    const { rejected, rejected_reason } = await receiver.document(requestOf(waiting.map(senderOf)));
    told.decisions += waiting.length - rejected;
    if (rejected > 0) reject(rejected, rejected_reason);
    waiting = [];
  };
  let entry = 0;
  for (const piece of recordsOf(body)) {
    const read = 'fault' in piece ? piece : translate(piece.value);
    if ('fault' in read) reject(1, `entry ${entry}: ${read.fault}`);
    else if ('passed_over' in read) told.passed_over += 1;
    else waiting.push(...read.decisions);
    if (waiting.length >= DECISIONS_A_RECORD) await send();
    entry += 1;
  }
  if (waiting.length > 0) await send();
  return told;
};

/** `?agent=input.caller.name`: where in OPA's entries the facts stand. Throws AppError `bad_param`. */
const pathsOf = (queries: Record<string, string[]>): OpaPaths => {
  const paths: OpaPaths = {};
  for (const [name, [told = '']] of Object.entries(queries)) {
    const known = OPA_PATHS.find((path) => path === name);
    if (known === undefined) {
      throw new AppError(
        'bad_param',
        `there is no parameter ${JSON.stringify(name)}; there are ${OPA_PATHS.join(', ')}`,
      );
    }
    const path = readPath(told);
    if (path === null) {
      throw new AppError(
        'bad_param',
        `param "${name}" must be a path like input.caller.name, got ${JSON.stringify(told)}`,
      );
    }
    paths[known] = path;
  }
  return paths;
};
