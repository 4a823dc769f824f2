// Typed looks into a parsed JSON document; null stands for an absent field, as protobuf's JSON mapping says.
import { malformed } from './malformed.ts';

export type JsonObject = Record<string, unknown>;

/** A field of its own, never one of the prototype. */
export const at = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

export const objectOf = (value: unknown, name: string): JsonObject => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`${name} must be an object`);
  }
  return value as JsonObject;
};

/** The list in a field, empty where there is none. */
export const itemsOf = (object: JsonObject, name: string): unknown[] => {
  const value = at(object, name) ?? [];
  if (!Array.isArray(value)) throw malformed(`${name} must be a list`);
  return value;
};

/** The text in a field, empty where there is none. */
export const textOf = (object: JsonObject, name: string): string => {
  const value = at(object, name) ?? '';
  if (typeof value !== 'string') throw malformed(`${name} must be a string`);
  return value;
};
