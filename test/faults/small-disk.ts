// Appends in a process whose files cannot grow far (ulimit -f): prints which records were acknowledged and how others were refused.
import { AppError } from '../../server/errors.ts';
import { openJournal } from '../../server/journal/journal.ts';
import { silent } from './submissions.ts';

const [, , folder = ''] = process.argv;
const journal = await openJournal({ folder, log: silent });
const acknowledged: string[] = [];
const refused: string[] = [];

const append = async (name: string, length: number): Promise<void> => {
  try {
    await journal.append({
      workspace: 'default',
      kind: 'otlp',
      type: 'json',
      encoding: 'none',
      received_at: 0,
      attested: false,
      body: Buffer.from(name.padEnd(length)),
    });
    acknowledged.push(name);
  } catch (error) {
    refused.push(error instanceof AppError ? error.code : String(error));
  }
};
for (let i = 0; i < 12; i += 1) await append(`alone ${i}`, 20_000);
await append('too large', 1_000_000);
await Promise.all(['a', 'b', 'c'].map((name) => append(`together ${name}`, 50_000)));
await append('small', 10);
await journal.close();
process.stdout.write(JSON.stringify({ acknowledged, refused }));
