// The roles' command lines with nothing behind them: what drivers and the lab do with processes is tested on these in seconds,
// and faults can be made to order. Media is not their matter; the quick scenario's test runs the real ones.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [role, ...args] = process.argv.slice(2);
const option = (name) => args[args.indexOf(`--${name}`) + 1];
const listen = (address, answer) => {
  const [, host, port] = /^(.+):(\d+)$/.exec(address);
  createServer(answer).listen(Number(port), host);
};

if (role === 'sfu') {
  // STAND_IN_BUSY: cores that it uses, in percent.
  const busy = Number(process.env.STAND_IN_BUSY ?? 0);
  listen(option('health'), (_request, response) => response.end('ok'));
  listen(option('control'), (_request, response) => response.end('{}'));
  if (busy > 0) {
    setInterval(() => {
      const until = Date.now() + busy;
      while (Date.now() < until);
    }, 100);
  }
  process.on('SIGTERM', () => process.exit(0));
} else if (role === 'gateway') {
  listen(option('listen'), (request, response) => response.end(request.url === '/big' ? 'x'.repeat(60_000) : 'hello'));
  process.on('SIGTERM', () => process.exit(0));
} else if (role === 'load') {
  const record = option('record');
  const write = (value) => appendFileSync(record, `${JSON.stringify({ time: new Date().toISOString(), ...value })}\n`);
  const participants = Number(option('participants'));
  if (option('key-log')) appendFileSync(option('key-log'), 'CLIENT_RANDOM 00 11\n');
  let packets = 0;
  write({ event: 'join', client: 'p1', room: 'r1', joinMs: 5 });
  const timer = setInterval(() => {
    packets += 95;
    write({ event: 'load', participants, rooms: 1, received: { packets, lost: packets / 19, jitterP95Ms: 4 } });
  }, 200);
  const end = () => {
    clearInterval(timer);
    write({ event: 'leave', client: 'p1', room: 'r1' });
    process.exit(0);
  };
  process.on('SIGINT', end);
  setTimeout(end, Number(option('seconds')) * 1000);
} else {
  process.exit(2);
}
