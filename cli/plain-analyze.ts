import type { AnalyzeArguments } from './analyze-run.ts';

/** Outputs that may be named in a plain command line. */
const OUTPUTS = ['json', 'csv', 'markdown', 'html'] as const;
type Output = (typeof OUTPUTS)[number];

/**
 * Understands the commonest command lines, `analyze FILES... [--json FILE] [--quiet]` and their like, without the parser of
 * all others, which takes longer to load than a small capture to read.
 *
 * @returns what the parser would have made of it; null where the parser is needed to say so.
 */
export function plainAnalyzeArguments(args: readonly string[]): AnalyzeArguments | null {
  if (args[0] !== 'analyze') return null;
  const files: string[] = [];
  const outputs: Partial<Record<Output, string>> = {};
  let quiet = false;
  for (let at = 1; at < args.length; at++) {
    const argument = args[at];
    if (isValue(argument)) {
      files.push(argument);
      continue;
    }
    if ((argument === '--quiet' || argument === '-q') && !quiet) {
      quiet = true;
      continue;
    }
    const output = OUTPUTS.find((name) => argument === `--${name}` || argument.startsWith(`--${name}=`));
    if (output === undefined || output in outputs) return null;
    const value = argument === `--${output}` ? args[++at] : argument.slice(output.length + 3);
    if (value === undefined || !isValue(value)) return null;
    outputs[output] = value;
  }
  if (files.length === 0) return null;
  return { files, ...outputs, quiet, follow: false, window: 1, settle: 15, clockOffset: 0, chartFormat: 'svg' };
}

/** A path, a pattern, or `-`: nothing that could be an option, or that quotes or spaces at its ends could make another value of. */
function isValue(argument: string): boolean {
  // What reads from a bucket is loaded when it is needed, which only the whole program can.
  if (argument.startsWith('s3:')) return false;
  return argument === '-' || /^[\w./][^"'`\s]*$/.test(argument);
}
