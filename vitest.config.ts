import { defineConfig } from 'vitest/config';
import { viteAssembly } from './assembly.mjs';

export default defineConfig({
  plugins: [viteAssembly],
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // For tests that see whether memory is given back.
    execArgv: ['--expose-gc'],
  },
});
