// Keycloak's spans: which client it served, and which token it issued or was asked about.
import type { Convention } from './convention.ts';

/** A token's id can be the token itself: ingest leaves its fingerprint, by which it is a token like others. */
export const keycloak: Convention = {
  dialect: 'other',
  version: 'keycloak 26, org.keycloak.tracing.TracingAttributes',
  keys: {
    'kc.clientId': ['agent_identity', 30],
    'kc.userId': ['user', 50],
    'kc.token.id': ['presented', 50],
    'kc.token.issuer': ['issuer', 50],
  },
  derive: () => null,
};
