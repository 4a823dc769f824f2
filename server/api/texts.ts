// Texts that a caller names something by.
import * as v from 'valibot';

/** A name: not blank, of at most so many characters, none of them a control character. */
export const named = (longest: number) =>
  v.pipe(
    v.string('must be a text'),
    v.check((text) => text.trim() !== '', 'must not be blank'),
    v.maxLength(longest, `must have at most ${String(longest)} characters`),
    v.check((text) => !/\p{Cc}/u.test(text), 'must not hold control characters'),
  );
