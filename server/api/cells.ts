// The cells of answers as schemas: instants and what may be absent.
import * as v from 'valibot';
import type { Row } from '../store/store.ts';

/** A cell that is a text; '' where it is none. */
export const textOf = (row: Row, name: string): string => {
  const cell = row[name];
  return typeof cell === 'string' ? cell : '';
};

export const instant = v.pipe(v.string(), v.isoTimestamp(), v.description('RFC 3339, UTC'));
export const maybeInstant = v.nullable(instant);
export const maybeText = v.nullable(v.string());
export const maybeNumber = v.nullable(v.number());
export const texts = v.array(v.string());
