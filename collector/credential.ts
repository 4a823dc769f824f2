// A token's life as spans: issued, exchanged, used and revoked, always by fingerprint.
import { SpanKind } from '@opentelemetry/api';
import { ATTR, SPAN } from './attributes.ts';
import { fingerprint } from './fingerprint.ts';
import { guard } from './guard.ts';
import { credentialOf, delegationAttributes } from './parts.ts';
import { field, instant, text, textField, texts } from './read.ts';
import type { Draft } from './span.ts';
import { close, open } from './span.ts';
import type { Credential, CredentialDetails, CredentialRef, Instant } from './types.ts';

/** Stands where a credential was no text at all, so that the call still gives something to hold. */
const UNKNOWN: Credential = { fingerprint: '' };
const MILLIS = 1000;

const expiry = (details: CredentialDetails, issuedAt: string): string | undefined => {
  const seconds = field(details, 'expires_in');
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    return instant(field(details, 'expires_at'));
  }
  return instant(Date.parse(issuedAt) + seconds * MILLIS);
};

const lifeAttributes = (details: CredentialDetails): Draft => {
  const issuedAt = instant(field(details, 'issued_at')) ?? new Date().toISOString();
  return {
    [ATTR.credential_issuer]: textField(details, 'issuer'),
    [ATTR.credential_audience]: textField(details, 'audience'),
    [ATTR.credential_id]: fingerprint(field(details, 'id')),
    [ATTR.credential_issued_at]: issuedAt,
    [ATTR.credential_expires_at]: expiry(details, issuedAt),
    [ATTR.credential_scopes]: texts(field(details, 'scopes')),
    [ATTR.credential_scopes_requested]: texts(field(details, 'scopes_requested')),
    [ATTR.credential_parent]: credentialOf(field(details, 'parent')),
    ...delegationAttributes(details),
  };
};

/** The attributes without the secret itself, should it stand among them by mistake: no shape tells an opaque one. */
const without = (ref: CredentialRef, print: string, draft: Draft): Draft => {
  if (typeof ref !== 'string' || ref === print) return draft;
  const clean = (value: string): string => value.replaceAll(ref, print);
  for (const [key, value] of Object.entries(draft)) {
    if (typeof value === 'string') draft[key] = clean(value);
    if (Array.isArray(value)) draft[key] = value.map(clean);
  }
  return draft;
};

/** Records one event of a credential's life, and gives the credential by its fingerprint. */
const tell = (
  event: string,
  ref: CredentialRef,
  details: CredentialDetails,
  attributes: () => Draft,
): Credential =>
  guard(
    'recording a credential',
    () => {
      const print = credentialOf(ref);
      if (print === undefined) return UNKNOWN;
      const type = text(field(details, 'type')) ?? textField(ref, 'type');
      const draft = {
        ...without(ref, print, attributes()),
        [ATTR.credential_fingerprint]: print,
        [ATTR.credential_type]: type,
      };
      const agent = textField(details, 'agent');
      close(open(`${event} ${type ?? 'credential'}`, draft, { kind: SpanKind.INTERNAL, agent }));
      return type === undefined ? { fingerprint: print } : { fingerprint: print, type };
    },
    UNKNOWN,
  );

/** A token's life. Each call takes the secret or a credential got from one of them; none throws or keeps a secret. */
export const credential = {
  /** A new credential came to be: `issue_credential {type}`. */
  issued: (secret: CredentialRef, details: CredentialDetails = {}): Credential =>
    tell(SPAN.issue_credential, secret, details, () => lifeAttributes(details)),

  /** A credential was exchanged for this one (RFC 8693), named in `parent`: `exchange_credential {type}`. */
  exchanged: (secret: CredentialRef, details: CredentialDetails = {}): Credential =>
    tell(SPAN.exchange_credential, secret, details, () => lifeAttributes(details)),

  /** A credential was presented outside any `tool` call: `use_credential {type}`. */
  used: (secret: CredentialRef, details: { type?: string; agent?: string } = {}): Credential =>
    tell(SPAN.use_credential, secret, details, () => ({})),

  /** A credential was taken back: `revoke_credential {type}`. */
  revoked: (
    secret: CredentialRef,
    details: { type?: string; agent?: string; revoked_at?: Instant } = {},
  ): Credential =>
    tell(SPAN.revoke_credential, secret, details, () => ({
      [ATTR.credential_revoked_at]:
        instant(field(details, 'revoked_at')) ?? new Date().toISOString(),
    })),
};
