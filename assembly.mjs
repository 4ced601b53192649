// WebAssembly from AssemblyScript: `import bytes from './assembly/NAME.wasm'` means the compiled `./assembly/NAME.ts`, as bytes.
// Options of the compiler for one module alone stand in `./assembly/NAME.options.json`, as a list.
// Nothing compiled is kept in files: esbuild puts the bytes into the bundle, vitest compiles when a test first imports them.
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

/** @returns the module compiled from the AssemblyScript file of the same name, as bytes. */
export async function compileAssembly(wasmPath) {
  const source = wasmPath.replace(/\.wasm$/, '.ts');
  const folder = dirname(source);
  const { default: compiler } = await import('assemblyscript/asc');
  const given = await readFile(wasmPath.replace(/\.wasm$/, '.options.json'), 'utf8').catch(() => '[]');
  let compiled;
  const { error, stderr } = await compiler.main(
    [
      basename(source),
      '--outFile',
      'out.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      ...JSON.parse(given),
    ],
    {
      readFile: (name) => readFile(resolve(folder, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        compiled = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${source}: ${error.message}\n${stderr}`);
  return compiled;
}

const ASSEMBLY = /\/assembly\/[\w-]+\.wasm$/;

/** For esbuild. */
export const esbuildAssembly = {
  name: 'assembly',
  setup(build) {
    build.onResolve({ filter: ASSEMBLY }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path),
      namespace: 'assembly',
    }));
    build.onLoad({ filter: /.*/, namespace: 'assembly' }, async ({ path }) => ({
      contents: await compileAssembly(path),
      loader: 'binary',
      watchFiles: [path.replace(/\.wasm$/, '.ts')],
    }));
  },
};

const VIRTUAL = '\0assembly:';

/** For Vite, and so for vitest. */
export const viteAssembly = {
  name: 'assembly',
  enforce: 'pre',
  resolveId(path, importer) {
    return ASSEMBLY.test(path) && importer ? `${VIRTUAL}${resolve(dirname(importer), path)}.js` : undefined;
  },
  async load(id) {
    if (!id.startsWith(VIRTUAL)) return undefined;
    const bytes = await compileAssembly(id.slice(VIRTUAL.length, -'.js'.length));
    const text = Buffer.from(bytes).toString('base64');
    return `export default Uint8Array.from(Buffer.from('${text}', 'base64'));`;
  },
};
