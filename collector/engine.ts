// What the policy engines' integrations read alike: the request that a call makes, and the answer in its result.
import { guard } from './guard.ts';
import { oneOf, text } from './read.ts';
import type { Answer, AuthorizationRequest, Resource } from './types.ts';

const PRINCIPALS = ['user', 'agent', 'service', 'group'] as const;

/** What an integration cannot know of itself; every field is optional. */
export interface EngineOptions<Call, Result> {
  /** Which policies decide, and in which version, where the engine does not tell. */
  policy?: { id?: string; version?: string };
  /** What the call tells otherwise or not at all: the permission's name, a credential, a tool call, `on_error`. */
  request?: (call: Call) => Partial<AuthorizationRequest>;
  /** What the result tells besides, for example `{ effect: 'require_approval' }`; a wrapped engine's own result stays. */
  answer?: (result: Result, call: Call) => Partial<Answer> | undefined;
}

/** A request or an answer as it was read: what could not be read is undefined. */
export type Read<T> = { [Key in keyof T]?: T[Key] | undefined };

const known = <T extends object>(read: Read<T>): Partial<T> =>
  Object.fromEntries(
    Object.entries(read).filter(([, value]) => value !== undefined),
  ) as unknown as Partial<T>;

/** The request that a call makes, as the integration reads it and the application corrects it. Never throws. */
export const requestOf = <Call>(
  engine: string,
  call: Call,
  read: (call: Call) => Read<AuthorizationRequest>,
  options: EngineOptions<Call, never>,
): AuthorizationRequest => {
  const told = guard('reading a call', () => known(read(call)), {});
  const own = guard('an application reading its call', () => options.request?.(call) ?? {}, {});
  const policy = { ...told.policy, ...options.policy, ...own.policy };
  return { permission: 'unknown', engine, ...told, ...own, policy };
};

/** The answer in a result, as the integration reads it and the application corrects it; undefined is no answer. */
export const answerOf = <Call, Result>(
  read: Read<Answer> | undefined,
  result: Result,
  call: Call,
  options: EngineOptions<Call, Result>,
): Answer | undefined => {
  const own = guard('an application reading an answer', () => options.answer?.(result, call), {});
  const answer = { ...known(read ?? {}), ...own };
  const { effect } = answer;
  if (effect === undefined) return undefined;
  // What the application told of its policies stands before what the engine calls them.
  return { ...answer, effect, policy: { ...answer.policy, ...options.policy } };
};

/** `system:action`; an action that has a system already keeps it. */
export const permissionOf = (system: string | undefined, action: string | undefined) =>
  action === undefined || action.includes(':') || system === undefined
    ? action
    : `${system}:${action}`;

/** A principal whose type is one that we know: the last part of a qualified name, in any case. */
export const principalOf = (id: unknown, type: unknown): AuthorizationRequest['principal'] => {
  const name = text(id);
  if (name === undefined) return undefined;
  const kind = oneOf(text(type)?.split('::').at(-1)?.toLowerCase(), PRINCIPALS);
  return kind === undefined ? { id: name } : { id: name, type: kind };
};

export const resourceOf = (type: string | undefined, id: string | undefined): Resource =>
  known<Resource>({ type, id });

export const policyOf = (
  id: string | undefined,
  version?: string,
): { id?: string; version?: string } => known<{ id: string; version: string }>({ id, version });
