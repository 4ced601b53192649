#!/usr/bin/env node
import { plainAnalyzeArguments } from './plain-analyze.ts';

// A reader that has seen enough, as `head`, is no failure; the files that were asked for are still written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}

// A child of `rtcscope up` ends with it, however that ends.
if (process.env['RTCSCOPE_ENDS_WITH_STDIN'] === '1') {
  process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM')).resume();
  (process.stdin as { unref?: () => void }).unref?.();
}

void run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  const plain = plainAnalyzeArguments(args);
  if (plain === null) {
    const { runCommandLine } = await import('./command-line.ts');
    process.exitCode = await runCommandLine(args);
  } else {
    // One thread reads ahead of the analysis; several would take turns on what cores there are.
    process.env['UV_THREADPOOL_SIZE'] ??= '1';
    // Charts come from packages, which a compiled script cannot import.
    const { runPlainAnalyze } = await (plain.html === undefined
      ? import('./plain-run-compiled.ts')
      : import('./plain-run.ts'));
    process.exitCode = await runPlainAnalyze(plain);
  }
}
