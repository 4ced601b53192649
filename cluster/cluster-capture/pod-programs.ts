/*
 * Small programs that are run in containers of the image, which has node and tcpdump but no shell. Each is the argument of `node -e`.
 */

/**
 * The kernel hands packets over in blocks, one that is not full after this time at the latest (tcpdump asks for a second): who ends tcpdump
 * earlier after the last packet loses what is in the last one.
 */
const LAST_BLOCK_MS = 1100;

/**
 * Keeps a container there for as long as it captures. Told to end (SIGUSR2), it ends; told to end with its pod (SIGTERM), it goes on until
 * the media process, in the same network, is gone: its drain is captured too. Before it ends, and with it all in its container, captures
 * are told to: what they have is written, and what they dropped is told. It is the first process there, so that nobody else is meant.
 *
 * Argument: port of this host that is open while the media process is there; 0 for none.
 */
export const KEEP_RUNNING = `
const port = Number(process.argv[1]);
const timer = setInterval(() => {}, 2 ** 30);
process.on('SIGUSR2', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
process.on('SIGTERM', () => {
  clearInterval(timer);
  if (port === 0) process.exit(0);
  const look = () => {
    const socket = require('node:net').connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); setTimeout(look, 250); });
    socket.on('error', endAll);
  };
  look();
});
const { readdirSync } = require('node:fs');
const others = () => readdirSync('/proc').some((name) => /^[0-9]+$/.test(name) && name !== '1');
const endAll = () => {
  if (process.pid !== 1) process.exit(0);
  setTimeout(() => {
    try { process.kill(-1, 'SIGINT'); } catch { process.exit(0); }
    const until = Date.now() + 3000;
    setInterval(() => { if (!others() || Date.now() > until) process.exit(0); }, 50);
  }, ${LAST_BLOCK_MS});
};
`.trim();

/**
 * Captures with tcpdump on the interface that has an address, and ends in order once standard input says anything or ends: so that it never
 * outlives the connection that it was started by. Names the interface on standard error.
 *
 * Arguments: address, bytes kept of each packet, filter.
 */
export const CAPTURE = `
const [address, snapLength, filter] = process.argv.slice(1);
const all = Object.entries(require('node:os').networkInterfaces());
const found = all.find(([, addresses]) => addresses.some((one) => one.address === address));
const device = found === undefined ? 'any' : found[0];
process.stderr.write('device ' + device + '\\n');
const { spawn } = require('node:child_process');
const args = ['-i', device, '-p', '-n', '-U', '-B', '8192', '-Z', 'root', '--time-stamp-precision=nano', '-s', snapLength, '-w', '-', '--', filter];
const child = spawn('tcpdump', args, { stdio: ['ignore', 'inherit', 'inherit'] });
const end = () => setTimeout(() => child.kill('SIGINT'), ${LAST_BLOCK_MS});
for (const event of ['data', 'end', 'error']) process.stdin.on(event, end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
child.on('error', (error) => { process.stderr.write(error.message + '\\n'); process.exit(127); });
child.on('exit', (code) => process.exit(code === null ? 1 : code));
`.trim();

/** Answers each line of standard input with the time of the machine, in microseconds since 1970. */
export const TELL_TIME = `
const { performance } = require('node:perf_hooks');
process.stdin.on('data', () => process.stdout.write(Math.round((performance.timeOrigin + performance.now()) * 1000) + '\\n'));
process.stdin.on('end', () => process.exit(0));
`.trim();

/** Tells {@link KEEP_RUNNING}, the first process of its container, to end. */
export const END_FIRST_PROCESS = "process.kill(1, 'SIGUSR2')";
