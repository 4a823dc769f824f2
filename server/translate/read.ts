// Reads records of engines' logs one field at a time: what is missing, too long or of another type is undefined.

/** Longer names and ids are cut: no page shows more, and the collector cuts there too. */
const TEXT_CHARS_MAX = 1024;
/** A decision names a handful of rules; more is somebody's data. */
const RULES_MAX = 128;

/** What one record came to. */
export type Translated<T> = { decisions: T[] } | { passed_over: string } | { fault: string };

/** An own field of an object; undefined of anything else. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(field, value);

/** A text that is not empty, or a whole number written out. */
export const text = (value: unknown): string | undefined => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, TEXT_CHARS_MAX) : undefined;
};

export const textAt = (value: unknown, ...path: string[]): string | undefined =>
  text(at(value, path));

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.slice(0, RULES_MAX).flatMap((item) => text(item) ?? []) : undefined;

/** A name: a text, or an object with one. */
export const nameOf = (value: unknown): string | undefined =>
  text(value) ?? textAt(value, 'id') ?? textAt(value, 'name');

/** `system:action`, as the collector names permissions; an action that has a system keeps it. */
export const permissionOf = (system: string | undefined, action: string | undefined) =>
  action === undefined || system === undefined || action.includes(':')
    ? action
    : `${system}:${action}`;

const INSTANT = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;
/** OTLP's instants have 64 bits; a century is left for durations. */
const NANOS_MAX = 2n ** 64n - 4n * 10n ** 18n;

/** Nanoseconds since 1970 of an RFC 3339 instant; undefined where it is none, or before then. */
export const nanosOf = (value: unknown): bigint | undefined => {
  const match = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`.toUpperCase());
  if (!Number.isFinite(ms) || ms <= 0) return undefined;
  const nanos = BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
  return nanos < NANOS_MAX ? nanos : undefined;
};

/** A principal's kind where it is one that we know: the last part of a qualified name, in any case. */
export const kindOf = (value: unknown): string | undefined => {
  const kind = text(value)?.split('::').at(-1)?.toLowerCase();
  return KINDS.find((known) => known === kind);
};
const KINDS = ['user', 'agent', 'service', 'group'];
