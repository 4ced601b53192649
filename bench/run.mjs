// Runs a benchmark by its name: `npm run bench -- NAME [arguments]` bundles bench/NAME.ts and calls its `main(arguments)`.
// With `--in FOLDER` first it does so for the programs of another folder. Node 20 does not strip types by itself. The bundle lies inside the project, so that packages resolve from it.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildAssembly } from '../assembly.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);
const folder = `${root}/${given[0] === '--in' ? given.splice(0, 2)[1] : 'bench'}`;
const [name, ...rest] = given;

if (name === undefined || !/^[a-z0-9-]+$/.test(name) || !existsSync(`${folder}/${name}.ts`)) {
  const parts = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const benchmarks = parts.filter((file) =>
    /^export (async )?function main\b/m.test(readFileSync(`${folder}/${file}`, 'utf8')),
  );
  const runnable = benchmarks.map((file) => file.slice(0, -3)).join(', ');
  process.stderr.write(`Nothing of the name "${name ?? ''}". There are: ${runnable}\n`);
  process.exit(2);
}

process.chdir(root);
// A process each has its own bundle: a benchmark starts others of this folder as its children.
const bundle = `${root}/bench/.work/bundles/${name}-${process.pid}.mjs`;
await build({
  entryPoints: [`${folder}/${name}.ts`],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  plugins: [esbuildAssembly],
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(bundle).href);
rmSync(bundle);
if (typeof main !== 'function') {
  process.stderr.write(`${name}.ts is a part of the others, not a benchmark\n`);
  process.exit(2);
}
await main(rest);
