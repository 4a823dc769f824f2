// The places of the dashboard: the navigation's entries and the crumb of each page.
import Bell from '@lucide/svelte/icons/bell';
import Cable from '@lucide/svelte/icons/cable';
import ChartNoAxesColumn from '@lucide/svelte/icons/chart-no-axes-column';
import FileText from '@lucide/svelte/icons/file-text';
import Grid2x2 from '@lucide/svelte/icons/grid-2x2';
import KeyRound from '@lucide/svelte/icons/key-round';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Scissors from '@lucide/svelte/icons/scissors';
import Settings from '@lucide/svelte/icons/settings';
import TextAlignStart from '@lucide/svelte/icons/text-align-start';
import UserRound from '@lucide/svelte/icons/user-round';
import type { Component } from 'svelte';

export interface Place {
  readonly path: string;
  readonly label: string;
  readonly icon: Component<{ size?: number; strokeWidth?: number }>;
}

/** The navigation, top to bottom. */
export const PLACES: readonly Place[] = [
  { path: '/', label: 'Overview', icon: ChartNoAxesColumn },
  { path: '/agents', label: 'Agents', icon: UserRound },
  { path: '/surface', label: 'Surface', icon: Grid2x2 },
  { path: '/sessions', label: 'Sessions', icon: TextAlignStart },
  { path: '/tokens', label: 'Tokens', icon: KeyRound },
  { path: '/decisions', label: 'Decisions', icon: ListChecks },
  { path: '/recommendations', label: 'Recommendations', icon: Scissors },
  { path: '/reports', label: 'Reports', icon: FileText },
];

/** The entries below the line. */
export const CONNECT: Place = { path: '/connect', label: 'Connect', icon: Cable };

export const SETTINGS: Place = { path: '/settings', label: 'Settings', icon: Settings };

/** Reached from the overview. */
export const ALERTS: Place = { path: '/alerts', label: 'Alerts', icon: Bell };

/** The entry that a path belongs to, itself or its parent. */
export const placeOf = (pathname: string): Place | undefined =>
  [...PLACES, ALERTS, CONNECT, SETTINGS].find(({ path }) =>
    path === '/'
      ? pathname === '/'
      : pathname === path ||
        pathname.startsWith(`${path}/`) ||
        (path === '/sessions' && pathname.startsWith('/traces/')),
  );
