/** `npm run screens`: makes the pictures in docs/screens anew. */
import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

export default defineConfig(tests, { testMatch: ['screens.ts', 'editor.screens.ts'], workers: 1 });
