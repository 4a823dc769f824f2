// The ways to look at tokens that the page offers: presets, axes, and what can be filtered.
import type { TokenSummary } from '../../server/api/contract.ts';
import type { Params } from './api.ts';

/** A preset: its tab, the API's filter behind it, and what it means that nothing fits. */
export interface TokenPreset {
  readonly id: string;
  readonly label: string;
  readonly params: Params;
  /** The figure of the summary that counts its tokens. */
  readonly counts: Exclude<keyof TokenSummary, 'life_p50_s' | 'used_p50_s'>;
  readonly none: string;
}

export const PRESETS: readonly [TokenPreset, ...TokenPreset[]] = [
  {
    id: 'all',
    label: 'All',
    params: {},
    counts: 'tokens',
    none: 'No token passes these filters.',
  },
  {
    id: 'used_after_end',
    label: 'Used after end',
    params: { view: 'used_after_end' },
    counts: 'used_after_end',
    none: 'No token was used after it expired or was revoked.',
  },
  {
    id: 'outlived_session',
    label: 'Outlived session',
    params: { view: 'outlived_session' },
    counts: 'outlived_session',
    none: 'Every token ended with its session.',
  },
  {
    id: 'never_end',
    label: 'Never end',
    params: { view: 'never_end' },
    counts: 'never_end',
    none: 'Every token has an end.',
  },
  {
    id: 'never_used',
    label: 'Never used',
    params: { view: 'never_used' },
    counts: 'never_used',
    none: 'Every token was used.',
  },
  {
    id: 'revoked',
    label: 'Revoked',
    params: { view: 'revoked' },
    counts: 'revoked',
    none: 'No token was revoked.',
  },
];

export const AXES = [
  { id: 'life', label: '% of life' },
  { id: 'age', label: 'since issue' },
  { id: 'clock', label: 'clock' },
] as const;

/** Names of the API's filters that the page takes from the address. */
export const FILTERS = ['agent'] as const;

/** Characters of a fingerprint that tell tokens apart on a page. */
const PRINT_LENGTH = 6;

/** The head of a fingerprint, without the mark that collectors put before it. */
export const shortPrint = (fingerprint: string): string =>
  `${fingerprint.replace(/^fp_/, '').slice(0, PRINT_LENGTH)}…`;
