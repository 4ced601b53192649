import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { HtmlAssets } from '../../reports/index.ts';

/** The page's script and style sheet, built as `npm run build` does: tests need no build before them. */
export async function buildHtmlAssets(): Promise<HtmlAssets> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../reports/html/client/report-client.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'inline',
    outdir: 'dist',
    write: false,
    logLevel: 'warning',
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
