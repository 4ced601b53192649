import { realpathSync } from 'node:fs';
import { type RunningConference, SHORTEST_SECRET_BYTES, startConference } from '../cluster/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { checkPort } from './gateway-run.ts';
import { untilStopped } from './until-stopped.ts';

export interface UpArguments {
  readonly sfus: number;
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
  readonly joinsPerSecond?: number | undefined;
}

const MOST_SFUS = 64;

/** Starts everything, tells where it is in one line of JSON, and stops everything when it is told to stop. */
export async function runUp(args: UpArguments): Promise<ExitStatus> {
  if (!Number.isInteger(args.sfus) || args.sfus < 1 || args.sfus > MOST_SFUS) {
    throw new UsageError('--sfus: not a number of SFUs', `Give a whole number of 1 to ${MOST_SFUS}.`);
  }
  const secret = process.env['RTCSCOPE_TOKEN_SECRET'] ?? '';
  if (!args.open && Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES) {
    throw new UsageError(
      'Nobody could join: there is no secret that signs room tokens',
      `Let anybody join with --open, or set RTCSCOPE_TOKEN_SECRET to ${SHORTEST_SECRET_BYTES} characters or more.`,
    );
  }
  const stop = new AbortController();
  const stopped = untilStopped().then(() => stop.abort());
  let conference: RunningConference;
  try {
    conference = await startConference({
      program: realpathSync(process.argv[1]),
      sfus: args.sfus,
      host: args.host,
      port: checkPort(args.port),
      open: args.open,
      gatewayArguments: args.joinsPerSecond === undefined ? [] : [`--joins-per-second=${args.joinsPerSecond}`],
      onWarning: (text) => process.stderr.write(`rtcscope up: ${text}\n`),
      signal: stop.signal,
    });
  } catch (error) {
    if (stop.signal.aborted) return ExitStatus.done;
    throw new UsageError(
      `The conference cannot be started: ${(error as Error).message}`,
      'What its parts wrote above says why.',
    );
  }
  process.stdout.write(`${JSON.stringify(conference.report)}\n`);
  if (process.stderr.isTTY) tellPeople(conference.report.url, args.open);
  const hasEnded = await Promise.race([stopped.then(() => false), conference.ended.then(() => true)]);
  await conference.stop();
  return hasEnded ? ExitStatus.badUsage : ExitStatus.done;
}

function tellPeople(url: string, open: boolean): void {
  const how = open
    ? `Open ${url} in a browser; Ctrl-C ends everything.`
    : `A link to join: rtcscope gateway token --room ROOM --identity NAME --url ${url}`;
  process.stderr.write(`\n${how}\n\n`);
}
