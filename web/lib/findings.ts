// What the cards of the overview find, each line with the page that lists it.
import type { Overview } from '../../server/api/contract.ts';
import { listText } from './filters.ts';
import { count, counted } from './format.ts';
import { isRelative } from './range.ts';
import { view } from './view.svelte.ts';

const WEEK_MS = 7 * 86_400_000;

/** "This week" of the newly risky is always the last seven days before the range's end, as the overview counts them. */
const week = () => {
  if (isRelative(view.range)) return { from: 'now-7d', to: null };
  const until = view.window.until;
  return {
    from: new Date(until.getTime() - WEEK_MS).toISOString(),
    to: until.toISOString(),
  };
};

export const actNow = (data: Overview) => [
  {
    value: data.tokens.used_after_end,
    text: `${counted(data.tokens.used_after_end, 'token')} used after their end`,
    href: view.href('/tokens', { show: 'used_after_end' }),
  },
  {
    value: data.tokens.never_end,
    text: `${counted(data.tokens.never_end, 'token')} without an end`,
    href: view.href('/tokens', { show: 'never_end' }),
  },
  {
    value: data.tokens.outlived_session,
    text: `${counted(data.tokens.outlived_session, 'token')} outlived their session`,
    href: view.href('/tokens', { show: 'outlived_session' }),
  },
];
export const newlyRisky = (data: Overview) => [
  {
    value: data.new_destructive_grants,
    text: `${count(data.new_destructive_grants)} of them destructive`,
    href: view.href('/surface', { show: 'new' }),
  },
  {
    value: data.new_denials,
    text: `${counted(data.new_denials, 'denial')} this week`,
    href: view.href('/decisions', {
      ...week(),
      effect: 'deny',
      not_enforcement: listText(['shadow', 'fail_open']),
    }),
  },
];
export const blindSpots = (data: Overview) => [
  {
    value: data.unobservable,
    text: `${count(data.unobservable)} of them unobservable`,
    href: view.href('/surface', { show: 'blind' }),
  },
  {
    value: data.agents_without_grants,
    text: `${counted(data.agents_without_grants, 'agent')} with no known grants`,
    href: view.href('/agents', { show: 'used_only' }),
  },
  {
    value: data.producers_with_gaps,
    text: `${counted(data.producers_with_gaps, 'producer')} with missing spans`,
    href: view.href('/connect'),
  },
];
