// Policy engines' own packages, asked about planted texts: in requests, results, policies, headers and errors.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tool } from '../../../../collector/index.ts';
import { authzen } from '../../../../collector/integrations/authzen.ts';
import { casbin } from '../../../../collector/integrations/casbin.ts';
import { cedar } from '../../../../collector/integrations/cedar.ts';
import { cerbos, cerbosAuthzen } from '../../../../collector/integrations/cerbos.ts';
import { opa, opaWasm } from '../../../../collector/integrations/opa.ts';
import { openfga } from '../../../../collector/integrations/openfga.ts';
import { load, POLICY } from '../engines.ts';
import type { Fga } from '../openfga-store.ts';
import { clientOf } from '../openfga-store.ts';
import type { Handler, World } from './world.ts';
import { line } from './world.ts';

type Anything = Record<string, (...args: unknown[]) => unknown>;

const quiet = (work: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(work)
    .catch(() => undefined);

const cedarHandler = (): Handler => {
  const engine = cedar(load<Anything>('@cedar-policy/cedar-wasm/nodejs'), {
    answer: () => ({}),
  });
  const plant = (text: string) =>
    quiet(() => {
      const id = JSON.stringify(text);
      const call = {
        principal: { type: 'Desk::Agent', id: text },
        action: { type: 'Action', id: text },
        resource: { type: 'Mail', id: text },
        context: { note: text },
        entities: [],
      };
      const staticPolicies = {
        [text]: `permit(principal, action == Action::${id}, resource) when { context.note == ${id} };`,
        [`${text} fails`]: `permit(principal, action, resource) when { context.absent };`,
      };
      engine['isAuthorized']?.({ ...call, policies: { staticPolicies } });
      engine['statefulIsAuthorized']?.({ ...call, preparsedPolicySetId: text });
      engine['isAuthorized']?.({ ...call, policies: { staticPolicies: { [text]: text } } });
    });
  return { plant };
};

const casbinHandler = async (): Promise<Handler> => {
  const library = load<Anything>('casbin') as Anything & {
    Model: new () => { loadModelFromText(text: string): void };
  };
  const model = library['newModelFromString']?.(
    '[request_definition]\nr = sub, obj, act\n[policy_definition]\np = sub, obj, act\n' +
      '[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.sub == p.sub && r.obj == p.obj',
  );
  const real = (await library['newEnforcer']?.(model)) as Anything;
  const enforcer = casbin(real);
  const plant = async (text: string) => {
    await real['addPolicy']?.(text, text, text);
    await enforcer['enforceEx']?.(text, text, text);
    await enforcer['enforce']?.({ id: text, note: text }, { id: text }, text);
    await quiet(() => enforcer['enforceWithMatcher']?.(`r.sub == "${text}`, text, text, text));
    await quiet(() => enforcer['enforceEx']?.({ toString: () => text }, text));
  };
  return { plant };
};

const opaHandler = ({ url }: World): Handler => {
  const bundle = join(POLICY, 'opa/bundle.tar.gz');
  const wasm = execFileSync('tar', ['-xzOPf', bundle, '/policy.wasm']);
  const loaded = load<{ loadPolicySync(wasm: Buffer): Anything }>(
    '@open-policy-agent/opa-wasm',
  ).loadPolicySync(wasm);
  const compiled = opaWasm(loaded);
  const plant = async (text: string) => {
    const input = {
      subject: { type: 'agent', id: text },
      action: { name: text },
      resource: { type: text, id: text },
      context: { note: text },
    };
    const headers = { authorization: `Bearer ${line(text)}`, 'x-note': line(text) };
    const about = { credential: text, tool_call_id: text, required_scopes: [text] };
    const decision = await opa(`${url}/well`, { path: 'authz/decision', headers })(input, about);
    await opa(`${url}/well`, { path: text, headers })(input, about);
    await opa(`${url}/failing`, { path: 'authz/decision', headers })(input, about);
    tool({ name: 'read', decision }, () => text);
    await quiet(() => compiled['evaluate']?.(input, 'authz/decision'));
    await quiet(() => compiled['evaluate']?.(input, text));
  };
  return { plant };
};

const openfgaHandler = ({ url }: World): Handler => {
  const storeId = '01HVMMBCMGZNT3SED4Z17ECXCA';
  const retryParams = { maxRetry: 0 };
  const make = (manner: string): Fga =>
    openfga(clientOf({ apiUrl: `${url}/${manner}`, storeId, retryParams }));
  const [well, failing] = [make('well'), make('failing')];
  const plant = async (text: string) => {
    const check = { user: `agent:${text}`, relation: text, object: `document:${text}` };
    const headers = { 'x-note': line(text) };
    await quiet(() => well.check(check, { headers }));
    await quiet(() => failing.check(check, { headers }));
    await quiet(() => well.batchCheck({ checks: [check] }));
    await quiet(() => failing.batchCheck({ checks: [check] }));
  };
  return { plant };
};

const cerbosHandler = ({ url }: World): Handler => {
  const { HTTP } = load<{ HTTP: new (url: string, options: object) => Anything }>('@cerbos/http');
  const plant = async (text: string) => {
    const principal = { id: text, roles: [text], attr: { note: text } };
    const resource = { kind: text, id: text, attr: { note: text } };
    const asked = { principal, resource, actions: [text], requestId: text };
    for (const manner of ['well', 'failing']) {
      const headers = { 'x-note': line(text) };
      const client = cerbos(new HTTP(`${url}/${manner}`, { headers }));
      await quiet(() => client['checkResource']?.(asked));
    }
    const subject = { type: 'agent', id: text, properties: { 'cerbos.roles': [text] } };
    const evaluation = { subject, action: { name: text }, resource: { type: text, id: text } };
    await cerbosAuthzen(`${url}/well`).evaluation(evaluation);
  };
  return { plant };
};

const authzenHandler = ({ url }: World): Handler => {
  const plant = async (text: string) => {
    const properties = { note: text };
    const request = {
      subject: { type: 'agent', id: text, properties },
      action: { name: text, properties },
      resource: { type: text, id: text, properties },
      context: properties,
    };
    const headers = { authorization: `Bearer ${line(text)}` };
    const more = { credential: text, required_scopes: [text], policy: { id: text, version: text } };
    await authzen(`${url}/well`, { headers }).evaluation(request, more);
    await authzen(`${url}/well`, { headers }).evaluations([request]);
    await authzen(`${url}/failing`, { headers }).evaluation(request, more);
  };
  return { plant };
};

export const ENGINES: Record<string, (world: World) => Handler | Promise<Handler>> = {
  cedar: cedarHandler,
  casbin: casbinHandler,
  opa: opaHandler,
  openfga: openfgaHandler,
  cerbos: cerbosHandler,
  authzen: authzenHandler,
};
