// The theme: the system's, or the one chosen, which the next visit starts with.

export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const read = (): Theme => {
  const told = document.documentElement.dataset['theme'];
  return told === 'light' || told === 'dark' ? told : 'system';
};

class ThemeState {
  current: Theme = $state(read());

  set(theme: Theme): void {
    this.current = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    try {
      if (theme === 'system') localStorage.removeItem('theme');
      else localStorage.setItem('theme', theme);
    } catch {
      // Storage is refused in some private windows; the choice lasts as long as the page then.
    }
  }

  /** The next of system, light and dark. */
  turn(): void {
    const next = THEMES[(THEMES.indexOf(this.current) + 1) % THEMES.length];
    this.set(next ?? 'system');
  }
}

export const theme = new ThemeState();
