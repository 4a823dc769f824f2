// Damages a journal in one place at a time and asks whether opening it names the place.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '../../server/journal/journal.ts';
import { silent } from './submissions.ts';

export interface DamageResult {
  damage_tried: number;
  damage_named: number;
}

/** Records of the journal that is damaged, and the bytes of the longest. */
const RECORDS = 40;
const BODY_MAX = 400;

/** Flips bits, swaps, repeats and removes records, each in a fresh copy. */
export const damage = async ({
  folder,
  tries,
  random,
}: {
  folder: string;
  tries: number;
  random: () => number;
}): Promise<DamageResult> => {
  const starts = await fill(folder, random);
  const path = join(folder, 'journal', '0000000001.journal');
  const whole = await readFile(path);
  let named = 0;
  for (let i = 0; i < tries; i += 1) {
    await writeFile(path, damaged({ whole, starts, kind: i % 4, random }));
    const journal = await openJournal({ folder, log: silent });
    if (journal.damage() !== null) named += 1;
    await journal.close();
  }
  return { damage_tried: tries, damage_named: named };
};

const fill = async (folder: string, random: () => number): Promise<number[]> => {
  const journal = await openJournal({ folder, log: silent });
  const starts: number[] = [];
  for (let i = 0; i < RECORDS; i += 1) {
    const { offset } = await journal.append({
      workspace: 'default',
      kind: 'otlp',
      type: 'json',
      encoding: 'none',
      received_at: i,
      attested: true,
      body: Buffer.from(`${i}`.repeat(1 + Math.floor(random() * BODY_MAX))),
    });
    starts.push(offset);
  }
  await journal.close();
  return starts;
};

const damaged = ({
  whole,
  starts,
  kind,
  random,
}: {
  whole: Buffer;
  starts: readonly number[];
  kind: number;
  random: () => number;
}): Buffer => {
  const at = (index: number): number => starts[index] ?? whole.length;
  const part = (from: number, to: number): Buffer => whole.subarray(at(from), at(to));
  // The last record has no successor that would miss it, so it is neither removed nor swapped.
  const one = Math.floor(random() * (starts.length - 2));
  const head = whole.subarray(0, at(0));
  const before = part(0, one);
  switch (kind) {
    case 0:
      return Buffer.concat([
        head,
        before,
        part(one + 1, one + 2),
        part(one, one + 1),
        part(one + 2, Infinity),
      ]);
    case 1:
      return Buffer.concat([head, before, part(one + 1, Infinity)]);
    case 2:
      return Buffer.concat([head, before, part(one, one + 1), part(one, Infinity)]);
    default: {
      const bytes = Buffer.from(whole);
      const place = Math.floor(random() * bytes.length);
      bytes[place] = (bytes[place] as number) ^ (1 << Math.floor(random() * 8));
      return bytes;
    }
  }
};
