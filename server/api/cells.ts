// The cells of answers as schemas: instants and what may be absent.
import * as v from 'valibot';

export const instant = v.pipe(v.string(), v.isoTimestamp(), v.description('RFC 3339, UTC'));
export const maybeInstant = v.nullable(instant);
export const maybeText = v.nullable(v.string());
export const maybeNumber = v.nullable(v.number());
export const texts = v.array(v.string());
