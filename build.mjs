// Builds `dist/`: the program, split so that a command loads only what it needs, and what pages run in a browser.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

// Of the schema the program needs the order of members; what is said of them is for people.
const shapesOnly = {
  name: 'shapes-only',
  setup(build) {
    build.onLoad({ filter: /analysis\.schema\.json$/ }, ({ path }) => {
      const shape = ({ $ref, anyOf, items, properties, $defs }) => ({
        $ref,
        anyOf: anyOf?.map(shape),
        items: items && shape(items),
        properties: properties && shapes(properties),
        $defs: $defs && shapes($defs),
      });
      const shapes = (named) =>
        Object.fromEntries(Object.entries(named).map(([name, member]) => [name, shape(member)]));
      return { contents: JSON.stringify(shape(JSON.parse(readFileSync(path, 'utf8')))), loader: 'json' };
    });
  },
};

const program = {
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  platform: 'node',
  target: 'node20.19',
  external,
  plugins: [esbuildAssembly, shapesOnly],
  alias: { 'string-width': './cli/plain-width.ts' },
  outdir: folder,
  logLevel: 'warning',
};

// All commands.
await build({
  ...program,
  entryPoints: ['cli/command-line.ts', 'cli/plain-run.ts'],
  splitting: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
});

// The start, and the commonest command as one script: modules of Node.js take longer to load than a small capture to read.
const fromModules = {
  name: 'from-modules',
  setup(build) {
    build.onResolve({ filter: /^\.\/(command-line|plain-run)\.ts$/ }, ({ path }) => ({
      path: path.replace(/ts$/, 'mjs'),
      external: true,
    }));
  },
};
// A name in a bucket is for the whole program: the plain command never comes to it.
const withoutStorage = {
  name: 'without-storage',
  setup(build) {
    build.onResolve({ filter: /\/storage\/open-storage\.ts$/ }, ({ path }) => ({ path, external: true }));
  },
};
await build({ ...program, entryPoints: ['cli/main.ts'], plugins: [fromModules], format: 'cjs' });
await build({
  ...program,
  plugins: [...program.plugins, withoutStorage],
  entryPoints: ['cli/plain-run.ts'],
  format: 'cjs',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: {
    js: '(function(exports,require,module,__filename,__dirname){const moduleUrl=require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
});
writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n');
await build({
  ...program,
  entryPoints: ['cli/compiled-code.ts'],
  format: 'esm',
  outExtension: { '.js': '.mjs' },
});
execFileSync(process.execPath, ['code-cache.mjs', folder], { stdio: ['ignore', 'ignore', 'inherit'] });

// A thread of its own needs a file of its own.
await build({
  entryPoints: { 'health-thread': 'cluster/sfu/health/health-thread.ts' },
  bundle: true,
  format: 'cjs',
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
