// How a surface is named: by the hash of its content, so that the same list told a million times is kept once.
import { hash } from 'node:crypto';
import type { HeldPermission, ToldPermission } from './rows.ts';

/** Hex digits of a surface's name: 128 bits of SHA-256 are more than enough against accident. */
const HASH_DIGITS = 32;

/** Permissions in the order that their hash is taken over, each once. */
export const sortedSurface = <Held extends Surfaced>(permissions: readonly Held[]): Held[] => {
  const byText = new Map(permissions.map((held) => [asText(held), held]));
  return [...byText.keys()].sort().map((text) => byText.get(text) as Held);
};

/** Name of a surface: 32 hex digits; the order and repetition of its permissions do not matter. */
export const surfaceHash = (permissions: readonly Surfaced[]): string =>
  hash('sha256', sortedSurface(permissions).map(asText).join('\n'), 'hex').slice(0, HASH_DIGITS);

/** Tools of one name and another definition make another surface. */
type Surfaced = HeldPermission & Partial<Pick<ToldPermission, 'definition'>>;

const asText = ({ permission, resource_pattern, definition = null }: Surfaced): string =>
  `${permission}|${resource_pattern}${definition === null ? '' : `|${definition}`}`;
