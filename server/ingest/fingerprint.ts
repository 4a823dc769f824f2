// Names a credential without keeping it.
import { createHmac } from 'node:crypto';

/** 128 bits: far from any chance of two credentials meeting. */
const BYTES = 16;

/** HMAC-SHA256 (RFC 2104) of the credential under the workspace's key, cut to 16 bytes, as 32 hex digits. */
export const fingerprint = (secret: string, key: Uint8Array): string =>
  createHmac('sha256', key).update(secret, 'utf8').digest().subarray(0, BYTES).toString('hex');
