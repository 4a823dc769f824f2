// JWTs as jose makes and verifies them: their claims as a token's life, never the token.
import { credential } from '../credential.ts';
import { guard, observe } from '../guard.ts';
import { field } from '../read.ts';
import { claimsOf, clientOf, confirmationOf, detailsOf } from './jwt-claims.ts';
import type { AgentOf } from './token-spans.ts';
import { about, binding, holderOf, tokenUsed } from './token-spans.ts';

export interface JwtOptions {
  /** Outside any task: the agent's name for the client id that the token names, which it is itself. */
  agent?: AgentOf;
}

/** A verification as jose has it: of a JWT, with a key, to its claims. */
type Verify = (...args: never[]) => PromiseLike<{ payload: object }>;

const textOf = (token: unknown): unknown =>
  token instanceof Uint8Array ? new TextDecoder().decode(token) : token;

const used = (token: unknown, claims: unknown, { agent }: JwtOptions): void => {
  const jwt = textOf(token);
  if (typeof jwt !== 'string') return;
  about(holderOf(clientOf(claims), agent), () =>
    tokenUsed(jwt, { ...detailsOf(claims), type: 'jwt' }, binding(confirmationOf(claims))),
  );
};

/**
 * `jwtVerify` of jose (or a function of that form) that records each token it accepts as used: issuer, audience, scopes,
 * life, id (by fingerprint), binding key and chain of actors (RFC 7519, 8693, 9449). One that it rejects is not recorded,
 * since nobody vouches for its claims. Returns and rejects as the given function does.
 */
export const recordingVerify = <F extends Verify>(verify: F, options: JwtOptions = {}): F => {
  const watched = (...args: Parameters<F>) =>
    observe(
      () => verify(...args),
      ({ ok, ...outcome }) => {
        if (ok) used(args[0], field(field(outcome, 'value'), 'payload'), options);
      },
    );
  return watched as F;
};

/** JWTs that this process holds or makes itself, and so believes without a key; what is no JWT is not recorded. */
export const jwt = {
  /** One that was signed here, or handed in from outside: `issue_credential jwt`, with the life that its claims tell. */
  issued: (token: string, options: JwtOptions = {}): void =>
    guard(
      'recording a JWT',
      () => {
        const claims = claimsOf(token);
        if (claims === undefined) return;
        const holder = holderOf(clientOf(claims), options.agent);
        about({ ...holder, ...binding(confirmationOf(claims)) }, () =>
          credential.issued(token, { ...detailsOf(claims), type: 'jwt' }),
        );
      },
      undefined,
    ),

  /** One that was presented and accepted without `recordingVerify`. */
  used: (token: string, options: JwtOptions = {}): void =>
    guard(
      'recording a JWT',
      () => {
        const claims = claimsOf(token);
        if (claims !== undefined) used(token, claims, options);
      },
      undefined,
    ),
};
