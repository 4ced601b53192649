import { type AnalyzeArguments, runAnalyze } from './analyze-run.ts';
import { type ExitStatus, withKnownErrorsTold } from './exit-status.ts';

/** Runs a command line that {@link plainAnalyzeArguments} understood. */
export function runPlainAnalyze(args: AnalyzeArguments): Promise<ExitStatus> {
  return withKnownErrorsTold(() => runAnalyze(args));
}
