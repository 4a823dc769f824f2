// AuthZEN: asks any decision point that speaks the OpenID Authorization API 1.0, and records its decisions.
import { randomUUID } from 'node:crypto';
import { authorize } from '../authorize.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { field, text, textField } from '../read.ts';
import type { RemoteOptions } from '../remote.ts';
import { post } from '../remote.ts';
import type { Answer, AuthorizationRequest, Decision } from '../types.ts';

/** Where the specification puts the two endpoints under a decision point's address (section 10.1). */
const EVALUATION = '/access/v1/evaluation';
const EVALUATIONS = '/access/v1/evaluations';
/** A reason is a word of a closed list, never a sentence, which could name somebody. */
const REASON = /^[\w.:-]{1,64}$/;

type Properties = Record<string, unknown>;

/** An access evaluation request (Authorization API 1.0, section 6.1). */
export interface AuthzenRequest {
  subject: { type: string; id: string; properties?: Properties };
  action: { name: string; properties?: Properties };
  resource: { type: string; id: string; properties?: Properties };
  context?: Properties;
}

/** An access evaluation response (section 6.2). */
export interface AuthzenResponse {
  decision: boolean;
  context?: Properties;
}

export interface AuthzenOptions
  extends RemoteOptions, EngineOptions<AuthzenRequest, AuthzenResponse> {
  /** What decides, where it is known; `authzen` where it is not given. */
  engine?: string;
  /** A key of the context under which the decision's id is sent too, for a decision point that does not log X-Request-ID. */
  context_id?: string;
}

/** A decision with the decision point's own answer, absent where there was none. */
export interface AuthzenDecision extends Decision {
  readonly response?: AuthzenResponse;
}

export interface AuthzenClient {
  /** Asks for one decision; `more` tells what this one has besides, for example a credential. Never rejects. */
  evaluation(
    request: AuthzenRequest,
    more?: Partial<AuthorizationRequest>,
  ): Promise<AuthzenDecision>;
  /** Asks for several in one request, answered in their order. Never rejects. */
  evaluations(requests: readonly AuthzenRequest[]): Promise<AuthzenDecision[]>;
}

const readRequest = ({
  subject,
  action,
  resource,
}: AuthzenRequest): Read<AuthorizationRequest> => ({
  permission: permissionOf(text(resource.type), text(action.name)),
  principal: principalOf(subject.id, subject.type),
  resource: resourceOf(text(resource.type), text(resource.id)),
  remote: true,
});

const reasonOf = (response: unknown, allowed: boolean): string => {
  const context = field(response, 'context');
  const told = textField(context, 'reason');
  if (told !== undefined && REASON.test(told)) return told;
  const status = textField(field(context, 'error'), 'status');
  return status === undefined ? (allowed ? 'permitted' : 'denied') : `error_${status}`;
};

const readResponse = (response: unknown): Read<Answer> => {
  const decision = field(response, 'decision');
  if (typeof decision !== 'boolean') return {};
  return { effect: decision ? 'allow' : 'deny', reason: reasonOf(response, decision) };
};

/**
 * A client of the decision point at `url` (its address, without a path of the API). Each decision is recorded with the
 * X-Request-ID that was sent as its id; a decision point that is away, slow, or answers anything but a decision gives
 * effect `error`. The permission is the action's name, behind the resource's type where it has no system; the reason is
 * the response's `context.reason` where that is one word, else `permitted` or `denied`.
 */
export const authzen = (
  url: string,
  { engine = 'authzen', context_id, ...options }: AuthzenOptions = {},
): AuthzenClient => {
  const base = url.replace(/\/+$/, '');
  const identified = (request: AuthzenRequest, id: string): AuthzenRequest =>
    context_id === undefined
      ? request
      : { ...request, context: { ...request.context, [context_id]: id } };
  const ask = (path: string, id: string, body: unknown): Promise<unknown> =>
    post(base + path, body, { ...options, headers: { ...options.headers, 'x-request-id': id } });

  const decide = async (
    request: AuthzenRequest,
    more: Partial<AuthorizationRequest>,
    id: string,
    respond: () => Promise<unknown>,
  ): Promise<AuthzenDecision> => {
    let response: AuthzenResponse | undefined;
    const asked = { ...requestOf(engine, request, readRequest, options), ...more };
    const decision = await authorize(asked, async () => {
      const told = (await respond()) as AuthzenResponse;
      const answer = answerOf({ decision_id: id, ...readResponse(told) }, told, request, options);
      if (answer !== undefined) response = told;
      // What is no answer is recorded as effect `error`.
      return answer as Answer;
    });
    return response === undefined ? decision : { ...decision, response };
  };

  return {
    evaluation: (request, more = {}) => {
      const id = randomUUID();
      return decide(request, more, id, () => ask(EVALUATION, id, identified(request, id)));
    },
    evaluations: (requests) => {
      const id = randomUUID();
      const asked = Array.isArray(requests) ? (requests as readonly AuthzenRequest[]) : [];
      const respond = async (): Promise<unknown> =>
        ask(EVALUATIONS, id, { evaluations: asked.map((request) => identified(request, id)) });
      // The request is made within the first decision's span; the others wait for the same answer.
      let answered: Promise<unknown> | undefined;
      return Promise.all(
        asked.map((request, index) =>
          decide(request, {}, asked.length === 1 ? id : `${id}#${index}`, async () => {
            answered ??= respond();
            return field(field(await answered, 'evaluations'), String(index));
          }),
        ),
      );
    },
  };
};
