import { join } from 'node:path';
import { loadCompiled } from './compiled-code.ts';

/** As `plain-run.ts`, loaded with its code cache; there is one in the build alone. */
export const { runPlainAnalyze } = loadCompiled(join(__dirname, 'plain-run.js'), join(__dirname, 'plain-run.cache'))
  .exports as typeof import('./plain-run.ts');
