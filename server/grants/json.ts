// Values of files that others wrote, looked at without trust.

export type Json = Record<string, unknown>;

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const record = (value: unknown): Json => (isRecord(value) ? value : {});
export const listOf = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
