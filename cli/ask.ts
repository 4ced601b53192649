import { createInterface } from 'node:readline/promises';
import { UsageError } from './exit-status.ts';

/**
 * Asks on the terminal.
 *
 * @param yes what `--yes` said.
 * @param signal ends the asking, as a no.
 * @throws UsageError where nobody can be asked.
 */
export async function askYesNo(question: string, yes: boolean, signal: AbortSignal): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here', 'Give --yes to go on.');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal hands Ctrl-C to whoever reads lines.
  asking.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^y/i.test(await asking.question(`${question} [y/N] `, { signal }));
  } catch (error) {
    if ((error as Error).name === 'AbortError') return false;
    throw error;
  } finally {
    asking.close();
  }
}
