import { spawnSync } from 'node:child_process';

/** An address that is not a loopback one, of the range for benchmarks (RFC 2544), though all of its packets stay on this machine. */
export const BENCH_ADDRESS = '198.18.0.1';
const MARK = 'RTCSCOPE_BENCH_OWN_NETWORK';
const SETUP = `ip link set lo up && ip link add media type veth peer name far && ip link set far up && ip address add ${BENCH_ADDRESS}/32 dev media && ip link set media up`;

export const isInOwnNetwork = (): boolean => process.env[MARK] !== undefined;

/**
 * Runs a benchmark of this folder in a network namespace of its own, which ends with it: a server that takes no loopback address has one there, and
 * the counts in /proc/net are of the benchmark alone.
 *
 * @returns false where this machine does not let us (it takes root, and `ip`)
 */
export function runInOwnNetwork(name: string, args: readonly string[]): boolean {
  if (spawnSync('unshare', ['--net', 'sh', '-c', SETUP], { stdio: 'ignore' }).status !== 0) return false;
  const script = `${SETUP} && exec "$@"`;
  const command = ['--net', 'sh', '-c', script, 'sh', process.execPath, 'bench/run.mjs', name, ...args];
  const { status } = spawnSync('unshare', command, { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } });
  process.exitCode = status ?? 1;
  return true;
}
