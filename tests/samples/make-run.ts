import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trimCapture } from './trim-capture.ts';

const OUT = 'captures/samples/scaling-run';
const KEPT = ['metrics.jsonl', 'scaling.jsonl', 'load.jsonl', 'http.jtl', 'sdp'];

/** `npm run build && npm run samples -- make-run`: plays a scenario on this machine, and keeps of it what the report needs. */
export function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'make-run-'));
  const run = join(folder, 'run');
  try {
    const words = ['dist/main.js', 'lab', 'run', 'tests/samples/scaling-run.yaml', '--out', run, '--jmeter', 'off'];
    execFileSync(process.execPath, words, { stdio: 'inherit' });
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(join(OUT, 'captures'), { recursive: true });
    for (const name of KEPT) cpSync(join(run, name), join(OUT, name), { recursive: true });
    const description = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    for (const capture of description.captures) {
      const to = `${capture.file}.gz`;
      trimCapture(join(run, capture.file), join(OUT, to), `Capture of ${capture.node}, RTP cut behind its header`);
      capture.file = to;
      capture.limits = ['RTP was cut behind its header, and TCP has lost what it carried: a run to be shipped'];
    }
    description.host.name = 'laptop';
    writeFileSync(join(OUT, 'run.json'), `${JSON.stringify(description, null, 1)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
