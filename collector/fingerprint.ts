// Names a credential without keeping it: a keyed HMAC-SHA256, cut to 128 bits.
import { createHmac, randomBytes } from 'node:crypto';
import { guard } from './guard.ts';

/** 128 bits: far from any chance of two tokens meeting, and short enough to read aloud in part. */
const DIGITS = 32;
const SHAPE = /^fp_[0-9a-f]{32}$/;
/** A key given in the environment is used as it is; this many random bytes stand in where none is. */
const RANDOM_KEY_BYTES = 32;

let key: string | undefined;

/**
 * FOOTPRINT_FINGERPRINT_KEY where it is set, so that one token has one fingerprint in all processes and runs;
 * else a key of this process alone, under which the same token seen by another process has another fingerprint.
 */
const fingerprintKey = (): string => {
  key ??= process.env['FOOTPRINT_FINGERPRINT_KEY'] || randomBytes(RANDOM_KEY_BYTES).toString('hex');
  return key;
};

/**
 * The fingerprint of a credential: `fp_` and 32 hex digits of HMAC-SHA256 under the fingerprint key.
 * A fingerprint is its own fingerprint. The secret is neither kept nor recorded. Never throws: what is
 * not a string of at least one character has no fingerprint.
 */
export const fingerprint = (secret: unknown): string | undefined => {
  if (typeof secret !== 'string' || secret === '') return undefined;
  if (SHAPE.test(secret)) return secret;
  return guard(
    'a fingerprint',
    () =>
      `fp_${createHmac('sha256', fingerprintKey()).update(secret).digest('hex').slice(0, DIGITS)}`,
    undefined,
  );
};
