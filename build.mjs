// Builds `dist/`: the program, split so that a command loads only what it needs, and what pages run in a browser.
import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { esbuildAssembly } from './assembly.mjs';
import project from './package.json' with { type: 'json' };

/** Small, and loaded at every start: quicker from within the bundle. */
const BUNDLED = ['yargs', 'sdp-transform', 'fzstd'];
const external = Object.keys({ ...project.dependencies, ...project.optionalDependencies }).filter(
  (name) => !BUNDLED.includes(name),
);

/** Where to: `dist`, or the folder named. */
const folder = process.argv[2] ?? 'dist';
rmSync(folder, { recursive: true, force: true });

await build({
  entryPoints: ['cli/main.ts'],
  bundle: true,
  splitting: true,
  minifyWhitespace: true,
  minifySyntax: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external,
  plugins: [esbuildAssembly],
  alias: { 'string-width': './cli/plain-width.ts' },
  outdir: folder,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});

// A thread of its own needs a file of its own.
await build({
  entryPoints: { 'health-thread': 'cluster/sfu/health/health-thread.ts' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  outdir: folder,
  logLevel: 'warning',
});

await build({
  entryPoints: ['reports/html/client/report-client.ts'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'inline',
  outdir: folder,
  logLevel: 'warning',
});

await build({
  entryPoints: { page: 'cluster/page/page.ts' },
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'inline',
  outdir: join(folder, 'page'),
  logLevel: 'warning',
});
copyFileSync('cluster/page/index.html', join(folder, 'page', 'index.html'));

// What load participants publish lies beside the program.
cpSync('cluster/load/media/clips', join(folder, 'load-clips'), { recursive: true });
