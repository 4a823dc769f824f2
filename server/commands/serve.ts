// footprint serve: receive, keep and show, until told to stop.
import { urlOf, type Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { startServer, type Server } from '../main.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { portHolder } from './holder.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'receive telemetry, keep it and show it in the browser',
  help: `Usage: footprint serve [options]

Receives OpenTelemetry by OTLP over HTTP and gRPC, keeps them in the data folder and
serves the dashboard and the API. Stop it with Ctrl-C.

Options:
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, SETTING_OPTIONS);
    if (positionals.length > 0) throw usageError(`serve takes no "${positionals[0] ?? ''}"`);
    const { config, sources } = readSettings(values, io);
    const log = createLog({ level: config.log_level, now: io.now, write: io.err });
    const server = await startServer({ config, sources, log, now: io.now }).catch(
      async (error: unknown) => {
        throw await explain(error, config);
      },
    );
    io.out(greeting(config, server));
    const signal = await io.untilStopped();
    log.info('stopping', { signal });
    await server.close();
    return EXIT.done;
  },
};

const greeting = ({ host, data }: Config, { port, grpc_port }: Server): string => {
  const url = urlOf(host, port);
  const grpc = grpc_port === null ? 'off' : urlOf(host, grpc_port);
  return `
  Footprint is at ${url}
  It takes OTLP over HTTP at ${url} and over gRPC ${grpc === 'off' ? 'not at all' : `at ${grpc}`}
  It keeps its data in ${data}

  Send it an agent's telemetry by pasting this where the agent starts:

    export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
    export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf

  More ways are at ${url}/connect. Ctrl-C stops it.

`;
};

const isPortInUse = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** A port in use is told with its holder and the way out. */
const explain = async (error: unknown, config: Config): Promise<unknown> => {
  if (!isPortInUse(error)) return error;
  const is_grpc = 'port' in error && error.port === config.grpc_port;
  const port = is_grpc ? Number(config.grpc_port) : config.port;
  const flag = is_grpc ? '--grpc-port' : '--port';
  const holder = await portHolder(port);
  const who = holder === null ? 'another process' : `process ${holder.pid} (${holder.command})`;
  return new AppError(
    'config_invalid',
    `port ${port} is in use by ${who}; choose another with ${flag}, for example ${flag} ${nextPort(port)}`,
    { port },
  );
};

const nextPort = (port: number): number => (port < 65_525 ? port + 10 : port - 10);
