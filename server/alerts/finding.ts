// What a rule finds wrong: its rows, checked, each under its key.
import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { SEVERITIES, type Severity } from '../reports/definition.ts';
import type { Row } from '../store/store.ts';

export interface Finding {
  key: string;
  severity: Severity;
  message: string;
  environment: string | null;
  agent: string | null;
  session: string | null;
  fingerprint: string | null;
  permission: string | null;
}

/** More wrong things at once than anybody could look at one by one; the message says that there are more. */
export const FINDINGS_MAX = 2000;
const KEY_LENGTH_MAX = 1000;
/** A person reads a sentence. */
const MESSAGE_LENGTH_MAX = 1000;
const TARGET_LENGTH_MAX = 2000;

/** `complete` is false where there were more. Throws AppError `bad_request` that names the row that is none. */
export const findingsOf = (rows: readonly Row[]): { found: Finding[]; complete: boolean } => {
  const byKey = new Map<string, Finding>();
  for (const [i, row] of rows.slice(0, FINDINGS_MAX).entries()) {
    const finding = findingOf(row, i + 1);
    if (!byKey.has(finding.key)) byKey.set(finding.key, finding);
  }
  return { found: [...byKey.values()], complete: rows.length <= FINDINGS_MAX };
};

const findingOf = (row: Row, number: number): Finding => {
  const { key, message } = row;
  if (typeof key !== 'string' || key === '') {
    throw new AppError('bad_request', `row ${number} has no key; it must be a text`);
  }
  const severity = SEVERITIES.find((known) => known === row['severity']);
  if (severity === undefined) {
    throw new AppError(
      'bad_request',
      `row ${number} has no severity; it must be one of ${SEVERITIES.join(', ')}`,
    );
  }
  return {
    key: keyOf(key),
    severity,
    message: textOf(message, MESSAGE_LENGTH_MAX) ?? key.slice(0, MESSAGE_LENGTH_MAX),
    environment: textOf(row['environment'], TARGET_LENGTH_MAX),
    agent: textOf(row['agent'], TARGET_LENGTH_MAX),
    session: textOf(row['session'], TARGET_LENGTH_MAX),
    fingerprint: textOf(row['fingerprint'], TARGET_LENGTH_MAX),
    permission: textOf(row['permission'], TARGET_LENGTH_MAX),
  };
};

/** A long key is cut and told apart by its hash: names are the agents' own. */
const keyOf = (key: string): string =>
  key.length <= KEY_LENGTH_MAX
    ? key
    : `${key.slice(0, KEY_LENGTH_MAX)}…${createHash('sha256').update(key).digest('hex')}`;

const textOf = (cell: unknown, length: number): string | null =>
  typeof cell === 'string' && cell !== '' ? cell.slice(0, length) : null;
