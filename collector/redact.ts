// What of an attribute may leave the process: credentials, found by key and by shape, become fingerprints.
import type { Attributes } from '@opentelemetry/api';
import { fingerprint } from './fingerprint.ts';
import { guard } from './guard.ts';
import { isContentKey, isFingerprint, isSecretKey, replaceSecrets } from './secrets.ts';

/** A longer value is not searched but dropped: looking through it would hold up the host. Tool definitions may reach it. */
const MAX_SEARCHED_CHARS = 1024 * 1024;
const TOO_LONG = '[too long to search for secrets]';
const UNREADABLE = '[unreadable]';
/** Our own names speak of credentials by fingerprint already. */
const OWN = 'footprint.';

const replacement = (secret: string): string => `[${fingerprint(secret) ?? 'redacted'}]`;

/** Keys and values repeat on every span, and a search costs microseconds: what was found clean is not searched again. */
const MAX_REMEMBERED = 4096;
/** Longer values seldom repeat, and this many characters of this many values bound the memory. */
const MAX_REMEMBERED_CHARS = 128;
const cleanTexts = new Set<string>();
const secretKeys = new Map<string, boolean>();

/** A text without its credentials. */
export const redactText = (value: string): string => {
  if (cleanTexts.has(value)) return value;
  if (value.length > MAX_SEARCHED_CHARS) return TOO_LONG;
  const clean = replaceSecrets(value, replacement);
  if (clean === value && value.length <= MAX_REMEMBERED_CHARS) {
    if (cleanTexts.size >= MAX_REMEMBERED) cleanTexts.clear();
    cleanTexts.add(value);
  }
  return clean;
};

const namesSecret = (key: string): boolean => {
  const known = secretKeys.get(key);
  if (known !== undefined) return known;
  const secret = isSecretKey(key);
  if (secretKeys.size >= MAX_REMEMBERED) secretKeys.clear();
  secretKeys.set(key, secret);
  return secret;
};

const redactValue = (key: string, value: unknown): unknown => {
  if (typeof value === 'string') {
    if (namesSecret(key) && value !== '' && !key.startsWith(OWN) && !isFingerprint(value)) {
      return replacement(value);
    }
    return redactText(value);
  }
  if (!Array.isArray(value)) return value;
  const list: unknown[] = value;
  const clean = list.map((item) => (typeof item === 'string' ? redactValue(key, item) : item));
  return clean.some((item, index) => item !== list[index]) ? clean : value;
};

/** The attributes without credentials; the same object where there are none. A value that cannot be read is dropped. */
export const redactAttributes = <A extends Readonly<Record<string, unknown>>>(attributes: A): A => {
  let clean: Record<string, unknown> | undefined;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    const next = guard('redacting an attribute', () => redactValue(key, value), UNREADABLE);
    if (next !== value) (clean ??= { ...attributes })[key] = next;
  }
  return (clean ?? attributes) as A;
};

const withoutContent = (attributes: Attributes): Attributes => {
  if (!Object.keys(attributes).some(isContentKey)) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !isContentKey(key)));
};

/** The parts of an ended span that may hold text. */
interface SpanText {
  readonly name: string;
  readonly attributes: Attributes;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly { readonly name: string; readonly attributes?: Attributes }[];
  readonly links: readonly { readonly attributes?: Attributes }[];
}

/** The span as it leaves the process: no credential anywhere in it, and no content unless `content` asks for it. */
export const viewOf = <S extends SpanText>(span: S, { content = false } = {}): S => {
  const told = (attributes: Attributes): Attributes =>
    redactAttributes(content ? attributes : withoutContent(attributes));
  const part = <P extends { readonly attributes?: Attributes }>(from: P): P =>
    from.attributes === undefined ? from : { ...from, attributes: told(from.attributes) };
  const { status } = span;
  const values = {
    name: redactText(span.name),
    attributes: told(span.attributes),
    status:
      status.message === undefined ? status : { ...status, message: redactText(status.message) },
    events: span.events.map((event) => ({ ...part(event), name: redactText(event.name) })),
    links: span.links.map(part),
  };
  const view = Object.create(span) as S;
  for (const [key, value] of Object.entries(values)) {
    Object.defineProperty(view, key, { value, enumerable: true });
  }
  return view;
};
