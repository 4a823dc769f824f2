// Spans that the token integrations share: a token seen in use, one with its binding, and a scope that was refused.
import { context, trace } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { ATTR, SPAN } from '../attributes.ts';
import { fingerprint } from '../fingerprint.ts';
import { attributesOf } from '../producer.ts';
import { instant, texts } from '../read.ts';
import type { Draft, TaskAttributes } from '../span.ts';
import { close, inside, open, stamp, taskOf, withTask } from '../span.ts';
import type { CredentialDetails } from '../types.ts';

/** How a token is bound to its holder (RFC 7800): `jkt:…` or `x5t#S256:…`; a bearer token has none. */
export const CONFIRMATION = 'footprint.credential.confirmation';
/** What decides on scopes, where no policy engine is known. */
const ENGINE = 'oauth';
/** One refusal names a handful of scopes; each is a decision of its own. */
const MAX_REFUSED_SCOPES = 16;

/** Whose token it is: the agent's name for an OAuth client id. */
export type AgentOf = (clientId: string) => string | undefined;

/** Who holds the token: the task around it knows best, else the client that it was issued to. */
export const holderOf = (
  clientId: string | undefined,
  agentOf: AgentOf = (id) => id,
): TaskAttributes => {
  if (clientId === undefined || taskOf(context.active()) !== undefined) return {};
  const agent = agentOf(clientId);
  return {
    ...(agent === undefined ? {} : { 'gen_ai.agent.name': agent }),
    [ATTR.agent_identity_id]: clientId,
    [ATTR.agent_identity_type]: 'oauth_client',
  };
};

/** Runs `record` so that what it records carries these attributes as well. */
export const about = (attributes: TaskAttributes, record: () => void): void => {
  const active = context.active();
  inside(withTask(active, { ...taskOf(active), ...attributes }), record);
};

export const binding = (confirmation: string | undefined): TaskAttributes =>
  confirmation === undefined ? {} : { [CONFIRMATION]: confirmation };

const lifeOf = (details: CredentialDetails): Draft => ({
  [ATTR.credential_issuer]: details.issuer,
  [ATTR.credential_audience]: details.audience,
  [ATTR.credential_id]: fingerprint(details.id),
  [ATTR.credential_issued_at]: instant(details.issued_at),
  [ATTR.credential_expires_at]: instant(details.expires_at),
  [ATTR.credential_scopes]: texts(details.scopes),
  [ATTR.delegation_type]: details.delegation?.type,
  [ATTR.delegation_chain]: details.delegation?.chain?.slice(),
});

/**
 * A token was presented and accepted. Inside a tool's span that span is the use, and is told which token paid for it;
 * one call is one use. Elsewhere it is a span `use_credential {type}`, with what is known of the token's life.
 */
export const tokenUsed = (token: string, details: CredentialDetails, more: Draft = {}): void => {
  const print = fingerprint(token);
  if (print === undefined) return;
  const told = { ...more, ...lifeOf(details), [ATTR.credential_type]: details.type };
  const draft = { ...told, [ATTR.credential_fingerprint]: print };
  const active = trace.getSpan(context.active());
  const around = active?.isRecording() === true ? attributesOf(active) : undefined;
  if (around?.['gen_ai.operation.name'] === 'execute_tool') {
    const paid = around[ATTR.credential_fingerprint];
    if (paid === undefined) stamp(active, draft);
    if (paid === undefined || paid === print) return;
  }
  close(open(`${SPAN.use_credential} ${details.type ?? 'credential'}`, draft));
};

/** Scopes were refused by an authorization or a resource server: a decision `deny` for each. */
export const scopesRefused = (
  scopes: readonly string[],
  reason: string,
  { issuer, token }: { issuer?: string | undefined; token?: string | undefined },
): void => {
  for (const scope of scopes.slice(0, MAX_REFUSED_SCOPES)) {
    const draft = {
      [ATTR.permission]: `oauth:${scope}`,
      [ATTR.permission_required_scopes]: [scope],
      [ATTR.decision_id]: randomUUID(),
      [ATTR.decision_effect]: 'deny',
      [ATTR.decision_enforcement]: 'enforced',
      [ATTR.decision_reason]: reason,
      [ATTR.policy_engine]: ENGINE,
      [ATTR.policy_id]: issuer,
      [ATTR.credential_fingerprint]: fingerprint(token),
    };
    close(open(`${SPAN.authorize} oauth:${scope}`, draft));
  }
};
