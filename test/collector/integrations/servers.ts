// Starts the real policy servers on loopback, each with the policies of test/engines/policy, and stops them again.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../packed.ts';
import { freePort, POLICY, startEngine } from './engines.ts';

export interface PolicyServer {
  url: string;
  /** What it wrote to its output, where its decision log goes. */
  said: () => string;
  stop: () => Promise<void>;
}

export interface CerbosServer extends PolicyServer {
  /** The decision entries of its audit log so far. */
  audit: () => Promise<CerbosEntry[]>;
}
export interface CerbosEntry {
  callId: string;
  checkResources: { inputs: { requestId?: string; actions: string[] }[] };
}

const CERBOS = join(POLICY, 'node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64');

export const startCerbos = async (): Promise<CerbosServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-cerbos-'));
  const [http, grpc] = [await freePort(), await freePort()];
  const log = join(folder, 'audit.log');
  const config = {
    server: { httpListenAddr: `127.0.0.1:${http}`, grpcListenAddr: `127.0.0.1:${grpc}` },
    storage: { driver: 'disk', disk: { directory: join(POLICY, 'cerbos') } },
    audit: {
      enabled: true,
      accessLogsEnabled: false,
      decisionLogsEnabled: true,
      backend: 'file',
      file: { path: log },
    },
    telemetry: { disabled: true },
  };
  // JSON is YAML, which Cerbos reads.
  const file = join(folder, 'config.yaml');
  await writeFile(file, JSON.stringify(config));
  const url = `http://127.0.0.1:${http}`;
  const args = ['server', '--config', file];
  const { said, stop } = await startEngine(CERBOS, args, `${url}/_cerbos/health`);
  return {
    url,
    said,
    audit: async () =>
      (await readFile(log, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line.includes('"checkResources"'))
        .map((line) => JSON.parse(line) as CerbosEntry),
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** The real OPA with the policy as a bundle of revision `desk-7`, its decision log on its output. */
export const startOpa = async (binary: string): Promise<PolicyServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-opa-'));
  const bundle = join(folder, 'bundle.tar.gz');
  const policy = join(POLICY, 'opa/policy.rego');
  command(binary, ['build', '--revision', 'desk-7', '-o', bundle, policy], folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['run', '--server', '--addr', `127.0.0.1:${port}`, '--disable-telemetry'];
  const more = ['--set', 'decision_logs.console=true', '--bundle', bundle];
  const { said, stop } = await startEngine(binary, [...args, ...more], `${url}/health?bundles`);
  return {
    url,
    said,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** The real OpenFGA, which keeps its stores in memory. */
export const startOpenfga = async (
  binary: string,
  more: readonly string[] = [],
): Promise<PolicyServer> => {
  const [http, grpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const addresses = ['--http-addr', `127.0.0.1:${http}`, '--grpc-addr', `127.0.0.1:${grpc}`];
  const rest = ['--playground-enabled=false', '--metrics-enabled=false'];
  const args = ['run', '--datastore-engine', 'memory', ...addresses, ...rest, ...more];
  const { said, stop } = await startEngine(binary, args, `${url}/healthz`);
  return { url, said, stop };
};
