// OpenTelemetry's core conventions: service, environment, user, session, error and rule.
import type { Convention } from './convention.ts';

/** Keys that any instrumentation may set; they never decide what a span tells of. */
export const core: Convention = {
  dialect: 'other',
  version: 'opentelemetry semantic-conventions 1.45.0',
  keys: {
    'service.name': ['service', 90],
    'service.owner': ['owner', 90],
    'service.namespace': ['owner', 50],
    'deployment.environment.name': ['environment', 90],
    'deployment.environment': ['environment', 50],
    'session.id': ['session', 70],
    'user.id': ['user', 90],
    'enduser.id': ['user', 70],
    'error.type': ['error_type', 90],
    'http.response.status_code': ['http_status', 90],
    'http.status_code': ['http_status', 50],
    // What ingest left of a credential in a request's header: its fingerprint, or a mask.
    'http.request.header.authorization': ['presented', 90],
    'http.request.header.x-api-key': ['presented', 70],
    'rpc.request.metadata.authorization': ['presented', 60],
    'security_rule.name': ['rules', 50],
    'security_rule.uuid': ['rules', 40],
    'security_rule.version': ['policy_version', 50],
    'security_rule.ruleset.name': ['policy', 50],
  },
  derive: () => null,
};
