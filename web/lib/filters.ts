// Filters in the address: `effect=deny,error` includes, `not_agent=a` excludes, commas within a value are escaped.
import type { Params } from './api.ts';
import { changed } from './search.ts';

/** One value that rows must have, or must not. */
export interface Filter {
  readonly name: string;
  readonly value: string;
  readonly exclude: boolean;
}

const PREFIX = 'not_';

/** Several values as one parameter; reads back through `listOf` whatever they hold. */
export const listText = (values: readonly string[]): string =>
  values.map((value) => value.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');

/** The values of one parameter; what is no escape is taken as it stands. */
export const listOf = (text: string | null): string[] => {
  if (text === null || text === '') return [];
  return text.split(',').map((part) => part.replaceAll(/%2C/gi, ',').replaceAll('%25', '%'));
};

/** The filters of an address among the given names, in their order. */
export const readFilters = (search: URLSearchParams, names: readonly string[]): Filter[] =>
  names.flatMap((name) => [
    ...listOf(search.get(name)).map((value) => ({ name, value, exclude: false })),
    ...listOf(search.get(PREFIX + name)).map((value) => ({ name, value, exclude: true })),
  ]);

/** The changes to an address that bring in one filter, or take it out where it is there already. */
export const toggled = (
  search: URLSearchParams,
  { name, value, exclude }: Filter,
): Record<string, string | null> => {
  const mine = exclude ? PREFIX + name : name;
  const other = exclude ? name : PREFIX + name;
  const values = listOf(search.get(mine));
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  // A value cannot be asked for and left out at once.
  const rest = listOf(search.get(other)).filter((one) => one !== value);
  return { [mine]: listText(next) || null, [other]: listText(rest) || null };
};

/**
 * Addresses of a page with one value brought into its filters, or taken out of them again. Values of a long table
 * repeat, so each address is made once; `without` names parameters that the new rows would not fit.
 */
export const filterLinks = (
  path: string,
  search: URLSearchParams,
  without: readonly string[] = [],
): ((filter: Filter) => string) => {
  const made = new Map<string, string>();
  const gone = Object.fromEntries(without.map((name) => [name, null]));
  return (filter) => {
    const key = `${filter.exclude} ${filter.name} ${filter.value}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const link = path + changed(search, { ...toggled(search, filter), ...gone });
    made.set(key, link);
    return link;
  };
};

/** The same filters as parameters of an API request. */
export const filterParams = (filters: readonly Filter[]): Params => {
  const params: Record<string, string[]> = {};
  for (const { name, value, exclude } of filters) {
    (params[exclude ? PREFIX + name : name] ??= []).push(value);
  }
  return params;
};

/** The changes that take all of these filters out. */
export const cleared = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.flatMap((name) => [name, PREFIX + name]).map((name) => [name, null]));

/** Whether a row that did not come through the API passes the filters: all names, any value of each. */
export const passes = (
  filters: readonly Filter[],
  valuesOf: (name: string) => readonly (string | null)[],
): boolean => {
  const wanted = new Map<string, boolean>();
  for (const { name, value, exclude } of filters) {
    const has = valuesOf(name).includes(value);
    if (exclude && has) return false;
    if (!exclude) wanted.set(name, (wanted.get(name) ?? false) || has);
  }
  return [...wanted.values()].every(Boolean);
};
