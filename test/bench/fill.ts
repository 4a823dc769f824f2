// Fills a server with spans spread over the days of the dashboard's default window.
import { prepareLoad, settled } from './process.ts';

export const REQUEST_SPANS = 512;
/** Requests prepared at a time, so that the generator's memory stays near 100 MiB. */
const CHUNK = 1000;
const DAY_MS = 24 * 3_600_000;
const CONNECTIONS = 16;

/** Sends at least `spans` and waits until the server has stored and settled them. */
export const fill = async (
  url: string,
  spans: number,
  say: (text: string) => void,
): Promise<void> => {
  const requests = Math.ceil(spans / REQUEST_SPANS);
  const step_ms = Math.floor((88 * DAY_MS) / requests);
  for (let serial = 1; serial <= requests; serial += CHUNK) {
    const bodies = Math.min(CHUNK, requests - serial + 1);
    const load = await prepareLoad({
      url: `${url}/v1/traces`,
      bodies,
      spans: REQUEST_SPANS,
      connections: CONNECTIONS,
      rate: 0,
      serial,
      step_ms,
    });
    const { spans: sent, seconds } = await load.go();
    const done = (serial - 1 + bodies) * REQUEST_SPANS;
    say(`${done} of ${spans} spans, ${Math.round(sent / seconds)} a second`);
  }
  await settled(url, requests * REQUEST_SPANS);
};
