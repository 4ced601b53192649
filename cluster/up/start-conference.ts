import type { RunningConference, UpOptions } from './run-conference.ts';

/** Starts a gateway and SFUs as child processes; resolves once all are ready. @throws Error where one does not come up. */
export async function startConference(options: UpOptions): Promise<RunningConference> {
  const { runConference } = await import('./run-conference.ts');
  return runConference(options);
}
