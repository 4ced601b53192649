#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// A reader that has seen enough, as `head`, is no failure; the files that were asked for are still written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
