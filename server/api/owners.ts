// PUT /agents/:agent/owner: who answers for an agent, set here and audited; stands before what telemetry tells.
import { Hono } from 'hono';
import { secretRanges } from '../../collector/secrets.ts';
import { AppError } from '../errors.ts';
import { atMost, checkAgent, describeAct, readJson } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { ownerAnswer, ownerBody } from './contract.ts';

const BODY_BYTES_MAX = 16 * 1024;
export const ownerRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().put(
    '/agents/:agent/owner',
    describeAct({
      summary: 'Set who answers for the agent, or let telemetry tell it',
      answer: ownerAnswer,
      body: ownerBody,
    }),
    atMost(BODY_BYTES_MAX),
    async (c) => {
      const agent = c.req.param('agent');
      checkAgent(agent);
      const { environment, owner } = await readJson(c, ownerBody);
      if (owner !== null && secretRanges(owner).length > 0)
        throw new AppError('bad_request', 'owner looks like a credential, which is never kept');
      const { workspace } = c.var;
      const act = { workspace, actor: c.var.actor, target: `${environment} ${agent}` };
      const key = { workspace, environment, agent };
      if (owner === null) {
        const or_missing = 'no owner of this agent was set here';
        await api.rule({ ...act, action: 'owner.remove' }, [
          { name: 'remove_agent_owner', params: key, or_missing },
        ]);
      } else {
        const created_at = new Date(api.now()).toISOString();
        await api.rule({ ...act, action: 'owner.put', detail: { owner } }, [
          { name: 'put_agent_owner', params: { ...key, owner, created_at } },
        ]);
      }
      return c.json({ environment, agent, owner });
    },
  );
