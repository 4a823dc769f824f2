// An entry of OPA's decision log (openpolicyagent.org/docs/management-decision-logs) as a decision; `input` is read, never kept.
import type { LoggedDecision } from './decision.ts';
import {
  at,
  field,
  kindOf,
  list,
  nameOf,
  nanosOf,
  permissionOf,
  text,
  textAt,
  texts,
} from './read.ts';
import type { Translated } from './read.ts';
import type { Effect } from '../model/words.ts';

/** Where in an entry the facts stand, as parameters of the address that OPA posts to. */
export const OPA_PATHS = [
  'agent',
  'principal',
  'permission',
  'action',
  'resource_type',
  'resource_id',
  'result',
] as const;
export type OpaPaths = Partial<Record<(typeof OPA_PATHS)[number], readonly string[]>>;

/** What a path may begin with: nothing else of an entry is a policy's own. */
const ROOTS = ['input', 'result', 'labels'];

/** `input.subject.id` as its steps; null where it is no path into an entry. */
export const readPath = (told: string): readonly string[] | null => {
  const steps = told.split('.');
  return ROOTS.includes(steps[0] ?? '') && steps.every((step) => step !== '') ? steps : null;
};

export const translateOpa = (entry: unknown, paths: OpaPaths): Translated<LoggedDecision> => {
  const decision_id = textAt(entry, 'decision_id');
  if (decision_id === undefined) return { fault: 'it has no decision_id' };
  const started_ns = nanosOf(field(entry, 'timestamp'));
  if (started_ns === undefined) return { fault: 'its timestamp is no RFC 3339 instant' };
  const policy = textAt(entry, 'path');
  if (policy === undefined) return { passed_over: 'it is a query without a policy' };
  const hidden = hiddenIn(entry);
  const read = (path: readonly string[]): unknown => (hidden(path) ? undefined : at(entry, path));
  const told = outcomeOf(entry, policy, paths.result, hidden);
  if (told === null) return { passed_over: 'its result is no decision' };
  if ('fault' in told) return told;
  const service = textAt(entry, 'labels', 'service.name') ?? 'opa';
  return {
    decisions: [
      {
        engine: 'opa',
        key: [decision_id],
        call: decision_id,
        ...placeOf(entry),
        service,
        environment:
          textAt(entry, 'labels', 'deployment.environment.name') ??
          textAt(entry, 'labels', 'environment'),
        started_ns,
        duration_ns: durationOf(at(entry, ['metrics', 'timer_rego_query_eval_ns'])),
        decision_id,
        ...told,
        ...askedOf(read, paths),
        policy,
        policy_version: revisionsOf(field(entry, 'bundles')),
      },
    ],
  };
};

type Told = Pick<LoggedDecision, 'effect' | 'reason' | 'error_type' | 'rules'>;

const HEX = /^[0-9a-f]+$/i;
const idIn = (entry: unknown, name: string, digits: number): string | undefined => {
  const id = textAt(entry, name);
  const fits = id?.length === digits && HEX.test(id) && !/^0+$/.test(id);
  return fits ? id.toLowerCase() : undefined;
};

/** OPA tells the trace, and the span of its own that answered, where `distributed_tracing` is on. */
const placeOf = (entry: unknown): Pick<LoggedDecision, 'trace_id' | 'parent_span_id'> => {
  const trace_id = idIn(entry, 'trace_id', 32);
  return trace_id === undefined ? {} : { trace_id, parent_span_id: idIn(entry, 'span_id', 16) };
};

/** Paths that the mask policy erased or changed (JSON pointers): nothing at, above or below them is believed. */
const hiddenIn = (entry: unknown): ((path: readonly string[]) => boolean) => {
  const pointers = [...list(field(entry, 'erased')), ...list(field(entry, 'masked'))]
    .filter((pointer) => typeof pointer === 'string')
    .map((pointer) =>
      pointer
        .split('/')
        .slice(1)
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
  return (path) =>
    pointers.some(
      (pointer) => pointer.length <= path.length && pointer.every((step, i) => step === path[i]),
    );
};

/** The principal's, action's and resource's names, from the configured paths or where policies keep them. */
const askedOf = (
  read: (path: readonly string[]) => unknown,
  paths: OpaPaths,
): Partial<LoggedDecision> => {
  const first = (...names: string[]): readonly string[] =>
    names.map((name) => ['input', name]).find((path) => read(path) !== undefined) ?? ['input', ''];
  const name = (path: readonly string[]): string | undefined =>
    text(read(path)) ?? text(read([...path, 'id'])) ?? text(read([...path, 'name']));
  const subject = paths.principal ?? first('subject', 'principal', 'user', 'agent');
  const resource = first('resource', 'object');
  const resource_type = paths.resource_type
    ? nameOf(read(paths.resource_type))
    : (text(read([...resource, 'type'])) ?? text(read([...resource, 'kind'])));
  const principal_id = name(subject);
  const principal_type = kindOf(read([...subject, 'type']));
  const action = name(paths.action ?? ['input', 'action']);
  return {
    permission:
      name(paths.permission ?? ['input', 'permission']) ?? permissionOf(resource_type, action),
    principal_id,
    principal_type: principal_id === undefined ? undefined : principal_type,
    resource_type,
    resource_id: name(paths.resource_id ?? resource),
    agent:
      name(paths.agent ?? ['input', 'agent']) ??
      (principal_type === 'agent' ? principal_id : undefined),
  };
};

/** Rules that say what is refused: a true, or anything in their set, is a deny. */
const REFUSING = /(?:^|\/)(?:deny|denied|denies|forbidden|violations?)$/;
const WORDS: Record<string, Effect> = {
  allow: 'allow',
  allowed: 'allow',
  permit: 'allow',
  deny: 'deny',
  denied: 'deny',
  forbid: 'deny',
  require_approval: 'require_approval',
  not_applicable: 'not_applicable',
};

/** What the entry says was decided; null where its result is no decision. */
const outcomeOf = (
  entry: unknown,
  policy: string,
  path: OpaPaths['result'],
  hidden: (path: readonly string[]) => boolean,
): Told | { fault: string } | null => {
  const error = field(entry, 'error');
  if (error !== undefined && error !== null) {
    const code = textAt(error, 'code') ?? 'opa_error';
    return { effect: 'error', reason: code, error_type: code };
  }
  const result = at(entry, path ?? ['result']);
  if (hidden(path ?? ['result'])) return { fault: 'its result was erased or masked' };
  if (result === undefined) return { effect: 'not_applicable', reason: 'undefined', rules: [] };
  const effect = effectOf(result, REFUSING.test(policy));
  if (effect === undefined) return null;
  return {
    effect,
    reason:
      textAt(result, 'reason') ??
      (effect === 'allow' ? 'permitted' : effect === 'deny' ? 'denied' : undefined),
    rules: texts(field(result, 'rules')),
  };
};

const effectOf = (result: unknown, refuses: boolean): Effect | undefined => {
  if (typeof result === 'boolean') return result === refuses ? 'deny' : 'allow';
  if (typeof result === 'string') return WORDS[result.toLowerCase()];
  if (Array.isArray(result)) return refuses ? (result.length > 0 ? 'deny' : 'allow') : undefined;
  const told = ['effect', 'decision', 'allow', 'allowed']
    .map((name) => field(result, name))
    .find((value) => typeof value === 'boolean' || typeof value === 'string');
  return told === undefined ? undefined : effectOf(told, false);
};

/** The revisions of the bundles that decided, as the collector's integration writes them. */
const revisionsOf = (bundles: unknown): string | undefined => {
  const all = typeof bundles === 'object' && bundles !== null ? Object.values(bundles) : [];
  const revisions = all.flatMap((bundle) => textAt(bundle, 'revision') ?? []);
  return revisions.length === 0 ? undefined : text(revisions.sort().join(','));
};

/** A decision takes an hour at most; what is more is no duration. */
const DURATION_NS_MAX = 3_600_000_000_000;
const durationOf = (ns: unknown): bigint =>
  typeof ns === 'number' && ns >= 0 && ns <= DURATION_NS_MAX ? BigInt(Math.round(ns)) : 0n;
