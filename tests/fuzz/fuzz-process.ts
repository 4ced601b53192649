import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { esbuildAssembly } from '../../assembly.mjs';
import { buildHtmlAssets } from '../reports/html-assets.ts';
import type { FuzzAnswer, FuzzTask } from './analyse-in-child.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** An input that takes longer than this hangs; the slowest of them take a second. */
const HANG_MS = 60_000;

/** A process that analyses captures; begun anew whenever one of them was its end. */
export class FuzzProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'rtcscope-fuzz-'));
  #child: ChildProcessByStdio<Writable, Readable, Readable> | null = null;
  #lines: AsyncIterator<string> | null = null;
  #reader: Interface | null = null;
  #errors = '';
  readonly #args: string[] = [];

  async build(): Promise<void> {
    await build({
      entryPoints: [`${root}tests/fuzz/analyse-in-child.ts`],
      // Inside the project, where its dependencies are found.
      outfile: `${root}out/tests-fuzz/${process.pid}/analyse.mjs`,
      ...{
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node20.19',
        packages: 'external',
        plugins: [esbuildAssembly],
        sourcemap: 'inline',
      },
    });
    const { script, style } = await buildHtmlAssets();
    // Only their being there matters: a short stand-in, lest a command line grow too long.
    const assets = { script: script.slice(0, 0) || 'void 0', style: style.slice(0, 0) || 'body{}' };
    this.#args.push(
      `${root}out/tests-fuzz/${process.pid}/analyse.mjs`,
      `${root}docs/analysis.schema.json`,
      JSON.stringify(assets),
    );
  }

  #start(): void {
    const options = ['--enable-source-maps', '--max-old-space-size=768'];
    this.#errors = '';
    this.#child = spawn(process.execPath, [...options, ...this.#args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk) => (this.#errors = (this.#errors + chunk).slice(-2000)));
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** @returns what came of it; a crash or a hang is a fault like any other. */
  async analyse(task: FuzzTask): Promise<FuzzAnswer> {
    if (this.#child === null) this.#start();
    const child = this.#child!;
    let hangs = false;
    const watch = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, HANG_MS);
    child.stdin.write(`${JSON.stringify(task)}\n`);
    const { value, done } = await this.#lines!.next();
    clearTimeout(watch);
    if (!done) return JSON.parse(value) as FuzzAnswer;
    this.#child = null;
    const fault = hangs ? `no answer within ${HANG_MS / 1000} s` : `the process died: ${this.#errors}`;
    return { faults: [fault], streams: 0, flows: 0, lost: 0, rejectedSources: 0, packets: 0, heldMiB: 0, peakMiB: 0 };
  }

  /** The next task gets a fresh process. */
  end(): void {
    this.#reader?.close();
    this.#child?.kill();
    this.#child = null;
  }

  close(): void {
    this.end();
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(`${root}out/tests-fuzz/${process.pid}`, { recursive: true, force: true });
  }
}
