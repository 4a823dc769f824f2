// OpenFGA's own spans: a server that traces tells each check, inside the trace of whoever asked it.
import type { Convention, Told } from './convention.ts';

/** The span of the request; those inside repeat `allowed` for each step that led there. */
const CHECK = 'Check';

/** The keys are plain words that anybody may use: only all four of them on a span of this name are OpenFGA's. */
export const openfga: Convention = {
  dialect: 'other',
  version: 'openfga 1.22.1',
  keys: {
    store_id: ['fga_store', 90],
    object: ['fga_object', 90],
    relation: ['fga_relation', 90],
    user: ['fga_user', 90],
    allowed: ['fga_allowed', 90],
  },
  derive: (told) => {
    const store = told.text('fga_store');
    const object = told.text('fga_object');
    const relation = told.text('fga_relation');
    const user = told.text('fga_user');
    if (told.name !== CHECK || store === null || object === null) return null;
    if (relation === null || user === null) return null;
    const [type, id] = split(object);
    const [kind, name] = split(user);
    return {
      fact: 'decision',
      agent: kind === 'agent' ? name : null,
      // As the collector's integration names them.
      says: {
        ...answerOf(told, `${type}#${relation}`),
        permission: `${type}:${relation}`,
        resource_type: type,
        resource_id: id,
        principal_id: user,
        principal_type: kind,
        engine: 'openfga',
        policy: store,
        // The engine tells it, in the trace of an agent that may tell it too.
        logged: 'true',
      },
    };
  },
};

/** A check that failed has no answer. */
const answerOf = (told: Told, rule: string) => {
  if (!told.has('fga_allowed')) return { effect: 'error', reason: 'no_answer' };
  return told.bool('fga_allowed')
    ? { effect: 'allow', reason: 'permitted', rules: rule }
    : { effect: 'deny', reason: 'default_deny' };
};

/** `type:id`; the id of a set of users is `id#relation`. */
const split = (name: string): [type: string, id: string] => {
  const colon = name.indexOf(':');
  return colon < 0 ? [name, ''] : [name.slice(0, colon), name.slice(colon + 1)];
};
