/** `cargo xtask bench client`: what the page costs, measured in Chromium with the release binary. */
import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

export default defineConfig(tests, {
  testMatch: 'client.bench.ts',
  workers: 1,
  timeout: 600_000,
  // A trace would be in the figures.
  use: { trace: 'off', screenshot: 'off' },
});
