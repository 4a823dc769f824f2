// What a span tells of, by the first convention that knows it.
import type { Dialect, Fact } from '../model/words.ts';
import { CONVENTIONS } from './conventions/all.ts';
import type { Derived, Field, Told } from './conventions/convention.ts';
import { footprint, isStampedUse } from './conventions/footprint.ts';
import { FIELD, type Reader } from './reader.ts';

export interface Kind {
  fact: Fact;
  dialect: Dialect;
  derived: Derived | null;
}

const OTHER: Kind = { fact: 'other', dialect: 'other', derived: null };

/** A convention is asked only where one of its keys was met; `met` has a bit for each. */
export const kindOf = (reader: Reader, name: string, met: number): Kind => {
  if (met === 0) return OTHER;
  const told: Told = {
    name,
    text: (field) => reader.string(FIELD[field]),
    has: (field) => reader.has(FIELD[field]),
    bool: (field) => reader.bool(FIELD[field]),
  };
  let dialect: Dialect = 'other';
  for (let bit = 0; bit < CONVENTIONS.length; bit++) {
    if ((met & (1 << bit)) === 0) continue;
    const convention = CONVENTIONS[bit] as (typeof CONVENTIONS)[number];
    const derived = convention.derive(told);
    if (derived !== null) {
      for (const [field, text] of Object.entries(derived.says ?? {})) {
        if (text !== null && text !== '') reader.fill(FIELD[field as Field], text);
      }
      return { fact: derived.fact, dialect: convention.dialect, derived };
    }
    if (dialect === 'other' && convention !== footprint) dialect = convention.dialect;
  }
  if (isStampedUse(told)) return { fact: 'action', dialect: 'footprint', derived: null };
  return { fact: 'other', dialect, derived: null };
};
