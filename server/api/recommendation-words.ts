// What a person is told to do about a proposal that no policy says, and how each is undone.
import type { Row } from '../store/store.ts';
import { textOf } from './cells.ts';

/** What to do, in a sentence or two; null where a policy says it. */
export const instructionOf = (row: Row): string | null => {
  const text = (name: string): string => textOf(row, name);
  const agent = text('agent');
  switch (text('kind')) {
    case 'cleanup': {
      const names = textsOf(row, 'proposed');
      const more = Number(row['sessions']) - names.length;
      const rest = more > 0 ? ` and ${more} more` : '';
      return `Remove ${names.join(', ')}${rest}, and let ${agent} release each ${text('subject')} that it makes before its task ends.`;
    }
    case 'shorten_ttl':
      return `Issue ${text('subject')} tokens to ${agent} for ${Number(row['proposed_s'])} s instead of ${Number(row['present_s'])} s.`;
    case 'split_token':
      return `Issue a ${text('subject')} token of its own to each session of ${agent}.`;
    case 'lower_tier':
      return `Let ${agent} use ${heldOf(row)} without asking a person.`;
    case 'separate_identity':
      return text('permission') === ''
        ? `Give ${agent} an identity of its own, and tell whose it acts for as a delegation.`
        : `Give ${agent} a source of grants of its own in place of ${sourcesOf(row)}, without ${heldOf(row)}.`;
    default:
      return ofSeveralSources(row);
  }
};

/** What several sources grant is held until the last of them lets it go. */
const ofSeveralSources = (row: Row): string | null => {
  const sources = textsOf(row, 'granted_by');
  const places = textsOf(row, 'source_ref');
  const all = places.length > 1 ? places : sources;
  if (all.length < 2 || textOf(row, 'kind') === 'raise_tier') return null;
  return `Change it in all of ${all.join(', ')}: while one of them grants it, nothing is taken back.`;
};

/** How it is taken back. */
export const undoOf = (row: Row): string => {
  const text = (name: string): string => textOf(row, name);
  switch (text('kind')) {
    case 'shorten_ttl':
      return `Let ${text('subject')} tokens of ${text('agent')} live ${Number(row['present_s'])} s again.`;
    case 'split_token':
      return `Let a ${text('subject')} token of ${text('agent')} serve several sessions again.`;
    case 'raise_tier':
      return `Let ${text('agent')} use ${heldOf(row)} without asking again.`;
    case 'lower_tier':
      return `Let people be asked for ${heldOf(row)} again.`;
    case 'cleanup':
      return `What was removed does not come back: ${text('agent')} makes another where it needs one. Copy what still matters before.`;
    default:
      return text('permission') === ''
        ? `Let ${text('agent')} act as before.`
        : `Grant ${heldOf(row)} to ${text('agent')} again${throughOf(row)}.`;
  }
};

const heldOf = (row: Row): string =>
  `${textOf(row, 'permission')} on ${textOf(row, 'resource_pattern')}`;

const sourcesOf = (row: Row): string =>
  textsOf(row, 'source_ref').join(', ') || textOf(row, 'agent');

/** The sources and places that granted it, where they are known. */
const throughOf = (row: Row): string => {
  const [source, place] = [
    textsOf(row, 'granted_by').join(', '),
    textsOf(row, 'source_ref').join(', '),
  ];
  return (source && `, through ${source}`) + (place && ` at ${place}`);
};

const textsOf = (row: Row, name: string): string[] => {
  const cell = row[name];
  return Array.isArray(cell) ? cell.map(String) : [];
};
