// Scopes as permissions: from a list in a text, a client's metadata (RFC 7591) or a token's answer (RFC 6749).
import { replaceSecrets } from '../../collector/secrets.ts';
import { isComment, isScope } from '../policy/oauth.ts';
import { isRecord, listOf, record, type Json } from './json.ts';
import { createLines } from './place.ts';
import { emptyReading, type Reading } from './types.ts';

/** The scopes in a text that is no JSON, separated by spaces or lines; a line that begins with `#` is a comment. */
export const readScopeText = (text: string, place: string): Reading => {
  const reading = emptyReading();
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [i, line] of lines.entries())
    if (!isComment(line))
      add(reading, line.split(/\s+/), '*', lines.length === 1 ? place : `${place}:${i + 1}`);
  if (reading.granted.length === 0 && reading.problems.length === 0)
    reading.notes.push(`${place} holds no scope`);
  return reading;
};

/** The scopes of a JSON value; nothing else of it is looked at. */
export const readScopeJson = (value: unknown, text: string, place: string): Reading => {
  const reading = emptyReading();
  const lines = createLines(text);
  const at = (...path: (string | number)[]): string => {
    const line = lines(path);
    return line === null ? place : `${place}:${line}`;
  };
  const root = record(value);
  const requests = ['standing', 'on_request'].filter((list) => Array.isArray(root[list]));
  if (requests.length > 0) {
    for (const list of requests)
      for (const [i, one] of listOf(root[list]).entries())
        add(reading, scopesIn(one['scope']), resourceOf(one), at(list, i));
    if (listOf(root['on_request']).length > 0)
      reading.notes.push(`${place}: what is asked for one task counts as granted`);
    return reading;
  }
  if (Array.isArray(value)) add(reading, scopesIn(value), '*', place);
  else if (isRecord(value) && ('scope' in value || 'scopes' in value)) {
    const key = 'scope' in value ? 'scope' : 'scopes';
    add(reading, scopesIn(value[key]), '*', at(key));
  } else reading.problems.push(`${place} has no \`scope\``);
  return reading;
};

/** One text, or a list of them. What is no text becomes one that no scope is. */
const scopesIn = (value: unknown): string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) =>
    typeof one === 'string' ? one.split(/\s+/) : ['"'],
  );

const resourceOf = (request: Json): string =>
  typeof request['resource'] === 'string' ? request['resource'] : '*';

const add = (
  reading: Reading,
  scopes: readonly string[],
  resource_pattern: string,
  source_ref: string,
): void => {
  for (const scope of scopes.filter((one) => one !== '')) {
    if (!isScope(scope))
      reading.problems.push(`${source_ref}: something there is no scope (RFC 6749)`);
    else if (replaceSecrets(scope, () => '') !== scope)
      reading.problems.push(`${source_ref}: what looks like a credential is not read`);
    else {
      if (scope.includes('*'))
        reading.notes.push(`${source_ref}: the \`*\` of ${scope} stands for every text`);
      reading.granted.push({ permission: `oauth:${scope}`, resource_pattern, source_ref });
    }
  }
};
