// How the dashboard is built: one static single-page app in dist/, which the server serves.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `vite dev` finds the API: a server that runs beside it with its default port. */
const API_ORIGIN = 'http://127.0.0.1:4318';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The first versions with light-dark(), popover and nested CSS: nothing is transpiled for them.
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // Data URLs are refused by the content security policy, so no asset is inlined.
    assetsInlineLimit: 0,
    // The preload polyfill is an inline script's worth of bytes that these browsers do not need.
    modulePreload: { polyfill: false },
  },
  server: { host: '127.0.0.1', proxy: { '/api': API_ORIGIN } },
});
