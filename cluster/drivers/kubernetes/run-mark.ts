import { hostname, userInfo } from 'node:os';
import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';

/** `app.kubernetes.io/managed-by` of all that a run makes. */
export const MADE_BY = 'rtcscope-lab';

/** Written on what a run makes first: whose it is, since when, and when its process was last seen alive. */
export const MARK = {
  scenario: 'rtcscope.dev/scenario',
  owner: 'rtcscope.dev/owner',
  process: 'rtcscope.dev/process',
  started: 'rtcscope.dev/started',
  alive: 'rtcscope.dev/alive',
} as const;

const RENEW_EVERY_MS = 30_000;
/** Three renewals and the difference of two clocks. */
const ALIVE_FOR_MS = 180_000;

/** Annotations of a run that begins now, in this process. */
export function runMark(scenario: string): Readonly<Record<string, string>> {
  const now = new Date().toISOString();
  return {
    [MARK.scenario]: scenario,
    [MARK.owner]: `${userName()}@${hostname()}`,
    [MARK.process]: `${process.pid}@${hostname()}`,
    [MARK.started]: now,
    [MARK.alive]: now,
  };
}

/** Whether the process that wrote this is alive, as far as can be told from here. */
export function isMarkedAlive(annotations: Readonly<Record<string, string>> = {}, nowMs = Date.now()): boolean {
  const aliveMs = Date.parse(annotations[MARK.alive] ?? '');
  if (!(Math.abs(nowMs - aliveMs) < ALIVE_FOR_MS)) return false;
  const [, pid, host] = /^(\d{1,10})@(.+)$/.exec(annotations[MARK.process] ?? '') ?? [];
  return pid === undefined || host !== hostname() || hasProcess(Number(pid));
}

/**
 * Says again and again that the run is alive. Failures are let be: a run that cannot say so is at worst taken for one that was left.
 *
 * @param path of the object that carries the mark. @returns ends it.
 */
export function keepMarked(access: ClusterAccess, path: string): () => void {
  const timer = setInterval(() => {
    const body = { metadata: { annotations: { [MARK.alive]: new Date().toISOString() } } };
    const options = { contentType: 'application/merge-patch+json', body, what: 'say that the run is alive' };
    access.request('PATCH', path, options).catch(() => {});
  }, RENEW_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A user without an entry, as in a container, has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody');
  }
}
