// What `npm run demo` may be told.
import { parseArgs } from 'node:util';

const DEFAULT_URL = 'http://127.0.0.1:4318';
/** Verdicts look at 90 days; longer history would change no page. */
const MAX_DAYS = 90;

export const HELP = `Runs six agents of real parts against a running Footprint server.

Usage: npm run demo -- [options]

  --days <n>   also live through the n days before today, 1 to ${MAX_DAYS} (${MAX_DAYS} takes a few minutes)
  --help       say this

FOOTPRINT_URL says where the server is; ${DEFAULT_URL} where it is not set.

All spans are of environment "demo". Everything happens: policies are evaluated, tokens issued and
refused, tools called. Only the clock is moved (resource attribute footprint.demo.clock = "moved"):
waiting takes no time, and earlier days are lived through one after the other. A second run adds to
the first; a server with a data folder of its own keeps the demo apart from your agents.`;

export type Options = { url: string; days: number } | { help: true } | { wrong: string };

const daysOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return 0;
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= MAX_DAYS ? days : undefined;
};

const urlOf = (text: string): string | undefined => {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return text.replace(/\/+$/, '');
};

export const readOptions = (args: string[], env: NodeJS.ProcessEnv): Options => {
  const address = env['FOOTPRINT_URL'] ?? DEFAULT_URL;
  try {
    const { values } = parseArgs({
      args,
      options: { days: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return { help: true };
    const days = daysOf(values.days);
    if (days === undefined) {
      const got = JSON.stringify(values.days);
      return { wrong: `--days must be a whole number from 1 to ${MAX_DAYS}, got ${got}` };
    }
    const url = urlOf(address);
    if (url === undefined) {
      return { wrong: `FOOTPRINT_URL must be an http address, got ${JSON.stringify(address)}` };
    }
    return { url, days };
  } catch (error) {
    const [told] = (error instanceof Error ? error.message : String(error)).split('. ');
    return { wrong: `${told}; --help lists the options` };
  }
};
