/** The browser tests: real server, real debugpy, real Home Assistant, the system's Chromium. */
import { defineConfig } from '@playwright/test';

/** No phoning home, and no GPU or sandbox, which containers lack. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** On a slow network all takes longer: see `support/lag.ts`. */
const PATIENCE = process.env['BREAKROOM_TEST_LAG'] ? 2 : 1;

export default defineConfig({
  testDir: '.',
  testMatch: '*.test.ts',
  // Each test starts processes of its own; two at a time keep two cores busy.
  workers: 2,
  // Some have four browsers, each looked at by axe.
  timeout: 150_000 * PATIENCE,
  expect: { timeout: 15_000 * PATIENCE },
  retries: 0,
  forbidOnly: !!process.env['CI'],
  reporter: 'list',
  outputDir: 'test-results',
  use: {
    launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS },
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    actionTimeout: 15_000 * PATIENCE,
    navigationTimeout: 20_000 * PATIENCE,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
