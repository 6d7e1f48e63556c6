/** `npm run screens`: makes the pictures in docs/screens anew. */
import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

/** The one with Neovim is made where nvim-dap is. */
const pictures = process.env['NVIM_DAP'] === undefined ? ['screens.ts'] : ['screens.ts', 'editor.screens.ts'];

export default defineConfig(tests, { testMatch: pictures, workers: 1 });
