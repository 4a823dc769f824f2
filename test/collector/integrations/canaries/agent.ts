// An agent that hands planted texts to every integration, each its share of them, in a task of the integration's name.
import { readFileSync } from 'node:fs';
import { task } from '../../../../collector/index.ts';
import { start } from '../../../../collector/start.ts';
import { ENGINES } from './engines.ts';
import { FRAMEWORKS } from './frameworks.ts';
import { TOKENS } from './tokens.ts';
import { startWorld } from './world.ts';

const texts = JSON.parse(readFileSync(process.env['PLANTED'] ?? '', 'utf8')) as string[];
const telemetry = start({ agent: 'desk', content: true });
const world = await startWorld();
const all = Object.entries({ ...FRAMEWORKS, ...ENGINES, ...TOKENS });
const share = Math.ceil(texts.length / all.length);
for (const [index, [name, open]] of all.entries()) {
  const handler = await open(world);
  for (const text of texts.slice(index * share, (index + 1) * share)) {
    world.say(text);
    await task({ agent: name, session: text, goal: text }, () => handler.plant(text));
  }
  await handler.close?.();
}
await telemetry.shutdown();
await world.close();
