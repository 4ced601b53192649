// Has V8 write down what it made of `plain-run.js`, once it has run as it will be run.
// `node code-cache.mjs FOLDER`; what the analyses print on standard output is of no use.
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
const { loadCompiled } = await import(pathToFileURL(join(folder, 'compiled-code.mjs')).href);
const { exports, script } = loadCompiled(join(folder, 'plain-run.js'), null);
const samples = ['captures/samples/voip.pcap', 'captures/samples/call.pcapng'];
const json = join(folder, 'code-cache.json');
const usual = { quiet: true, follow: false, window: 1, settle: 15, clockOffset: 0, chartFormat: 'svg' };
for (const sample of samples) {
  for (const outputs of [{ json: '-' }, { json }, {}]) {
    const status = await exports.runPlainAnalyze({ ...usual, ...outputs, files: [sample] });
    if (status !== 0) throw new Error(`${sample}: status ${status}`);
  }
}
rmSync(json);
rmSync(join(folder, 'compiled-code.mjs'));
writeFileSync(join(folder, 'plain-run.cache'), script.createCachedData());
