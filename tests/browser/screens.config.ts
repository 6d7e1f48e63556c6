/** `npm run screens`: makes the pictures in docs/screens anew. */
import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

/** Those with an editor are made where that is. */
const pictures = ['screens.ts'];
if (process.env['NVIM_DAP'] !== undefined) pictures.push('editor.screens.ts');
if (process.env['CODE_SERVER'] !== undefined) pictures.push('vscode.screens.ts');

export default defineConfig(tests, { testMatch: pictures, workers: 1 });
