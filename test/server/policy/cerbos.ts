// Asks the real Cerbos: whether policies compile, and what they allow, many cases to a process.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, POLICY, startEngine } from '../../collector/integrations/engines.ts';
import type { Asked } from './cases.ts';

const CERBOS = join(POLICY, 'node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64');

export interface CerbosCase {
  agent: string;
  files: { name: string; text: string }[];
  asked: (Pick<Asked, 'permission' | 'resource'> & Partial<Asked>)[];
  roles?: string[];
  /** A single case keeps the version that its policies have. */
  version?: string;
}

const check = async (url: string, one: CerbosCase, version: string): Promise<boolean[]> =>
  Promise.all(
    one.asked.map(async ({ permission, resource, ...attr }) => {
      const colon = permission.indexOf(':');
      const action = permission.slice(colon + 1);
      const body = {
        requestId: 'x',
        principal: { id: one.agent, roles: one.roles ?? ['agent'], policyVersion: version },
        resources: [
          {
            resource: {
              kind: permission.slice(0, colon),
              id: resource,
              policyVersion: version,
              attr,
            },
            actions: [action],
          },
        ],
      };
      const answer = await fetch(`${url}/api/check/resources`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const told = (await answer.json()) as {
        results?: { actions: Record<string, string> }[];
      };
      const effect = told.results?.[0]?.actions[action];
      if (effect === undefined) throw new Error(`${answer.status} ${JSON.stringify(told)}`);
      return effect === 'EFFECT_ALLOW';
    }),
  );

/** What Cerbos answers for each case; every case's policies are of a version of their own. Throws what fails to compile. */
export const cerbosAnswers = async (told: readonly CerbosCase[]): Promise<boolean[][]> => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-cerbos-'));
  const versionOf = (one: CerbosCase, at: number): string => one.version ?? `v${at}`;
  try {
    for (const [at, one] of told.entries())
      for (const { name, text } of one.files) {
        const version = `version: ${versionOf(one, at)}`;
        await writeFile(join(folder, `${at}-${name}`), text.replace('version: default', version));
      }
    const compiled = spawnSync(CERBOS, ['compile', '--skip-tests', folder], { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(compiled.stdout + compiled.stderr);
    const [http, grpc] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${http}`;
    const settings = [
      'storage.driver=disk',
      `storage.disk.directory=${folder}`,
      `server.httpListenAddr=127.0.0.1:${http}`,
      `server.grpcListenAddr=127.0.0.1:${grpc}`,
      'telemetry.disabled=true',
    ];
    const args = ['server', '--log-level=error', ...settings.map((one) => `--set=${one}`)];
    const server = await startEngine(CERBOS, args, `${url}/_cerbos/health`);
    try {
      const answers: boolean[][] = [];
      for (const [at, one] of told.entries())
        answers.push(await check(url, one, versionOf(one, at)));
      return answers;
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
};
