// What the address says the reader looks at: environment, range, zone and a page's own parameters.
import { searchParams } from 'sv-router';
import { navigate } from '../routes.ts';
import { clock } from './clock.svelte.ts';
import { DEFAULT_RANGE, readRange, resolve } from './range.ts';
import type { Range, Window, Zone } from './range.ts';
import { address, changed } from './search.ts';
import type { Changes } from './search.ts';

class View {
  /** The address's parameters; reading them in markup or `$derived` follows every change. */
  readonly search: URLSearchParams = $derived(searchParams.toURLSearchParams());
  /** The environment looked at, or null for all. */
  readonly environment: string | null = $derived(this.search.get('env'));
  readonly zone: Zone = $derived(this.search.get('tz') === 'utc' ? 'utc' : 'local');
  readonly range: Range = $derived(readRange(this.search, clock.now));
  /** The range as instants; moves on every minute where the range is relative. */
  readonly window: Window = $derived(
    resolve(this.range, clock.now) ?? (resolve(DEFAULT_RANGE, clock.now) as Window),
  );
  /** Parameters of nearly every API request. */
  readonly params = $derived({
    environment: this.environment,
    since: this.window.since.toISOString(),
    until: this.window.until.toISOString(),
  });
  /** Names environment and range without the moving instants: the key of paged lists. */
  readonly key: string = $derived([this.environment, this.range.from, this.range.to].join('|'));

  /** One parameter of the page itself, or null. */
  get(name: string): string | null {
    return this.search.get(name);
  }

  /** Changes parameters of this page's address; `replace` makes no entry in the history. */
  set(changes: Changes, { replace = false }: { replace?: boolean } = {}): void {
    void navigate(location.pathname, {
      search: changed(this.search, changes),
      replace,
      scrollToTop: false,
    });
  }

  /** This page's address with parameters changed, for links. */
  here(changes: Changes): string {
    return location.pathname + changed(this.search, changes);
  }

  /** Another page's address with environment, range and zone carried on. */
  href(path: string, extra: Changes = {}): string {
    return address(path, this.search, extra);
  }
}

export const view = new View();
