// What a JWT says of itself (RFC 7519, 8693, 7800), read without a key: only for tokens that somebody trusts already.
import { createHash } from 'node:crypto';
import { field, text, textField, texts } from '../read.ts';
import type { CredentialDetails } from '../types.ts';

/** A JWT with a long list of groups takes some kilobytes; what is longer is no token that a header carries. */
const MAX_TOKEN_CHARS = 65_536;
/** Each hop of a delegation nests one actor; RFC 8693 knows no bound, people draw no longer chains. */
const MAX_ACTORS = 8;
const MILLIS = 1000;
/** Members of a public key that its thumbprint is made of, in order (RFC 7638, 3.2; RFC 8037; AKP keys). */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  OKP: ['crv', 'kty', 'x'],
  AKP: ['alg', 'kty', 'pub'],
};

export type Claims = Readonly<Record<string, unknown>>;

/** One part of a compact JWS as the object that it holds. */
const objectOf = (part: string): Claims | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
};

const partsOf = (token: unknown): [header: Claims, claims: Claims] | undefined => {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_CHARS) return undefined;
  const [first = '', second = '', third, ...rest] = token.split('.');
  if (third === undefined || rest.length > 0) return undefined;
  const header = objectOf(first);
  const claims = header?.['alg'] === undefined ? undefined : objectOf(second);
  return header === undefined || claims === undefined ? undefined : [header, claims];
};

/** The claims of a signed JWT in compact form; undefined for opaque and for encrypted tokens. */
export const claimsOf = (token: unknown): Claims | undefined => partsOf(token)?.[1];

/** `jwt` for what reads as one, so that a token has one type wherever it is seen; else the other name. */
export const typeOf = (token: unknown, otherwise: string): string =>
  claimsOf(token) === undefined ? otherwise : 'jwt';

const seconds = (claims: unknown, name: string): number | undefined => {
  const value = field(claims, name);
  return typeof value === 'number' && Number.isFinite(value) ? value * MILLIS : undefined;
};

const audienceOf = (claims: unknown): string | undefined => {
  const told = field(claims, 'aud');
  return typeof told === 'string' ? text(told) : text(texts(told)?.join(' '));
};

/** Granted scopes: `scope` (RFC 8693, 4.2), or `scp` as some servers spell it; undefined where neither is there. */
const scopesOf = (claims: unknown): string[] | undefined =>
  texts(field(claims, 'scope')) ?? texts(field(claims, 'scp'));

/** Only what is there: absent claims stay absent, since exact optional fields and merged ones differ on `undefined`. */
const present = <T extends object>(draft: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as T;

/** A token's life and scopes as its claims, or an introspection's answer (RFC 7662, 2.2), tell them. */
export const detailsOf = (claims: unknown): CredentialDetails => {
  const chain = actorsOf(claims);
  return present<CredentialDetails>({
    issuer: textField(claims, 'iss'),
    audience: audienceOf(claims),
    id: textField(claims, 'jti'),
    issued_at: seconds(claims, 'iat'),
    expires_at: seconds(claims, 'exp'),
    scopes: scopesOf(claims),
    delegation: chain.length > 1 ? { type: 'on_behalf_of', chain } : undefined,
  });
};

/** The client that a token was issued to: `client_id` (RFC 8693, 4.3), else OpenID Connect's `azp`. */
export const clientOf = (claims: unknown): string | undefined =>
  textField(claims, 'client_id') ?? textField(claims, 'azp');

/**
 * The subject, then its actors as RFC 8693 nests them, the present one first. A subject that is not the client itself
 * is taken for a person (`user:`), whose name the server keeps under a pseudonym.
 */
export const actorsOf = (claims: unknown): string[] => {
  const subject = textField(claims, 'sub');
  const plain = subject === undefined || subject.includes(':') || subject === clientOf(claims);
  const chain = subject === undefined ? [] : [plain ? subject : `user:${subject}`];
  let actor = field(claims, 'act');
  while (actor !== undefined && chain.length < MAX_ACTORS) {
    const name = textField(actor, 'sub') ?? clientOf(actor);
    if (name !== undefined) chain.push(name);
    actor = field(actor, 'act');
  }
  return chain;
};

/** How a token is bound to its holder: `jkt:` (DPoP, RFC 9449) or `x5t#S256:` (mutual TLS, RFC 8705), else undefined. */
export const confirmationOf = (claims: unknown): string | undefined => {
  const cnf = field(claims, 'cnf');
  const jkt = textField(cnf, 'jkt');
  if (jkt !== undefined) return `jkt:${jkt}`;
  const certificate = textField(cnf, 'x5t#S256');
  return certificate === undefined ? undefined : `x5t#S256:${certificate}`;
};

/** `jkt:` and the thumbprint (RFC 7638) of the public key in a DPoP proof; the proof itself is not kept. */
export const proofKeyOf = (proof: unknown): string | undefined => {
  const jwk = field(partsOf(proof)?.[0], 'jwk');
  const members = THUMBPRINT_MEMBERS[textField(jwk, 'kty') ?? ''];
  if (members === undefined) return undefined;
  const public_ = Object.fromEntries(members.map((name) => [name, field(jwk, name)]));
  return `jkt:${createHash('sha256').update(JSON.stringify(public_)).digest('base64url')}`;
};
