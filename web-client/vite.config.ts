import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { TARGETS } from './browsers';

/** Where `npm run dev` finds a server; the built client is served by the server itself. */
const server = process.env.BREAKROOM_SERVER ?? 'http://127.0.0.1:7700';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    // Vitest would otherwise take Svelte's server build, in which runes don't react.
    conditions: process.env.VITEST ? ['browser'] : undefined,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
  build: {
    // They know `light-dark()`, which must not be rewritten.
    target: TARGETS,
    // No `data:` URLs for scripts and fonts under our content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
});
