/** The story of `engines/`, in browsers of three engines. */
import { defineConfig } from '@playwright/test';
import base from './playwright.config';
import { ENGINES, type Engine } from './engines/engine';

export default defineConfig<object, { engine: Engine }>({
  ...base,
  testDir: 'engines',
  testMatch: '*.engine.ts',
  workers: 1,
  outputDir: 'test-results/engines',
  projects: ENGINES.map((engine) => ({ name: engine, use: { engine } })),
});
