// `npm run faults -- --cycles N --json`: kills the server's parts under load, damages journals, and counts what was lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import { damage } from './damage.ts';

/** Damages tried for each cycle of crashes. */
const DAMAGE_PER_CYCLE = 20;

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
});
const cycles = Number(values.cycles);
if (!Number.isInteger(cycles) || cycles < 1) throw new Error('--cycles must be a whole number');

const folder = await mkdtemp(join(tmpdir(), 'footprint-faults-'));
try {
  const random = Math.random;
  const crashed = await crash({ folder: join(folder, 'crash'), cycles, random });
  const tries = cycles * DAMAGE_PER_CYCLE;
  const named = await damage({ folder: join(folder, 'damage'), tries, random });
  const result = { cycles, ...crashed, ...named };
  if (!values.json) {
    process.stdout.write(
      `${cycles} kills: ${result.acknowledged} spans acknowledged, ${result.lost} lost, ` +
        `${result.duplicated} stored twice; ${result.damage_named} of ${result.damage_tried} damages named\n`,
    );
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const failed = result.lost + result.duplicated + result.false_acks;
  if (failed > 0 || result.damage_named < result.damage_tried) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
