// A real Chromium, where this machine has one, that remembers everything a page complained of.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page, Request } from 'playwright-core';

/** Debian's names and the vendor's; the first that is there. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** The first six keep a headless browser quiet on a closed network; the sandbox needs a user that is not root. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-sandbox',
];

/** Path of the browser, or null where none is installed. */
export const browserPath = (): string | null => {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of NAMES)
    for (const folder of folders) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  return null;
};

/** What a page asks for: what is under way, and how much it has begun since it opened. */
export interface Loads {
  open: Set<Request>;
  begun: number;
}

const LOADS = new WeakMap<Page, Loads>();

/** Followed from the first call on. The live events never end and are left out. */
export const loadsOf = (page: Page): Loads => {
  const known = LOADS.get(page);
  if (known !== undefined) return known;
  const loads: Loads = { open: new Set(), begun: 0 };
  LOADS.set(page, loads);
  page.on('request', (request) => {
    if (request.resourceType() === 'eventsource') return;
    // A new document takes nothing of the old one any more.
    if (request.isNavigationRequest()) loads.open.clear();
    loads.open.add(request);
    loads.begun += 1;
  });
  page.on('requestfinished', (request) => loads.open.delete(request));
  page.on('requestfailed', (request) => loads.open.delete(request));
  return loads;
};

export interface Look {
  theme: 'light' | 'dark';
  width: number;
}

/** One open page and what it complained of: console errors, uncaught errors, refused by the CSP. */
export interface Opened {
  page: Page;
  complaints: string[];
}

export interface Chromium {
  open: (url: string, look?: Partial<Look>) => Promise<Opened>;
  close: () => Promise<void>;
}

/** Starts the browser; each page opens in a context of its own. */
export const startChromium = async (): Promise<Chromium> => {
  const executablePath = browserPath();
  if (executablePath === null) throw new Error('no Chromium on this machine');
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS });
  const open = async (url: string, { theme = 'light', width = 1280 }: Partial<Look> = {}) => {
    const viewport = { width, height: 860 };
    const context = await browser.newContext({ viewport, colorScheme: theme });
    const page = await context.newPage();
    const complaints: string[] = [];
    loadsOf(page);
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const { violatedDirective, blockedURI } = event;
        reportError(new Error(`refused by the policy: ${violatedDirective} ${blockedURI}`));
      });
    });
    await page.goto(url);
    return { page, complaints };
  };
  return { open, close: () => browser.close() };
};
