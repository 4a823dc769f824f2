// Attributes that several calls share: what is acted on, for whom, on which decision and with which credential.
import { ATTR } from './attributes.ts';
import { fingerprint } from './fingerprint.ts';
import { field, text, textField, texts } from './read.ts';
import type { Draft } from './span.ts';

/** The fingerprint of a recorded credential, or of a secret. */
export const credentialOf = (ref: unknown): string | undefined =>
  fingerprint(typeof ref === 'string' ? ref : field(ref, 'fingerprint'));

/** The id of `decision` in the options, given whole or as an id. */
export const decisionOf = (options: unknown): string | undefined => {
  const decision = field(options, 'decision');
  return text(decision) ?? textField(decision, 'decision_id');
};

export const resourceAttributes = (options: unknown): Draft => {
  const resource = field(options, 'resource');
  return {
    [ATTR.resource_type]: textField(resource, 'type'),
    [ATTR.resource_id]: textField(resource, 'id'),
    [ATTR.resource_owner]: textField(resource, 'owner'),
  };
};

export const delegationAttributes = (options: unknown): Draft => {
  const delegation = field(options, 'delegation');
  return {
    [ATTR.delegation_type]: textField(delegation, 'type'),
    [ATTR.delegation_chain]: texts(field(delegation, 'chain')),
  };
};
