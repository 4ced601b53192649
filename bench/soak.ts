import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DtlsCertificate } from '../cluster/dtls/dtls-certificate.ts';
import { cpuMs, metric, type OwnSfu, ownSfu, residentKB } from './forwarders.ts';
import { CM, Publisher } from './forwarding-load.ts';
import { Inspector } from './inspector.ts';
import { LightPeer } from './light-peer.ts';
import { churn } from './soak-churn.ts';
import { judge, type Sample } from './soak-verdict.ts';

/*
 * `npm run soak -- [--minutes N | --seconds N] [--load SHARE] [--subscribers N] [--joiners N] [--program MAIN.js] [--json]`
 *
 * One SFU for a long time: a publisher and its subscribers at a steady rate that takes `SHARE` of a core, while others come and go without a pause. In
 * cycles: after each, all who came are gone, and what the process then still holds is looked at after a full garbage collection.
 * Exit 1 where memory, handles or delay do not stay as they were.
 */
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const FIRST_RATE = 4000;
const MOST_RATE = 200_000;

/**
 * The rate at which the SFU takes the wanted share of its core. What a packet costs at a low rate, or before V8 has compiled what it goes through,
 * says little of it: it is asked again at each rate found, as often as there is time for.
 */
async function findRate(sfu: OwnSfu, publisher: Publisher, subscribers: number, share: number, rounds: number) {
  let rate = FIRST_RATE;
  publisher.start(rate / subscribers);
  await sleep(2000);
  for (let round = 0; round < rounds; round++) {
    const before = { cpu: cpuMs(sfu.pid), packets: await sfu.forwarded() };
    await sleep(3000);
    const packets = (await sfu.forwarded()) - before.packets;
    const found = (share * 1e6 * packets) / ((cpuMs(sfu.pid) - before.cpu) * 1000);
    // A machine that hardly ran it in between tells nothing of what it costs.
    if (Number.isFinite(found)) rate = Math.min(MOST_RATE, Math.max(subscribers, found));
    publisher.start(rate / subscribers);
  }
  return rate;
}

async function takeSample(
  sfu: OwnSfu,
  inspector: Inspector,
  came: { joins: number; failedJoins: number },
): Promise<Sample> {
  const text = await sfu.metrics();
  const bounds = [...text.matchAll(/^rtcscope_sfu_forwarding_delay_seconds_bucket\{le="([^"]+)"\} (\d+)/gm)];
  return {
    atMs: performance.now(),
    ...came,
    ...(await inspector.held()),
    residentKB: residentKB(sfu.pid),
    descriptors: readdirSync(`/proc/${sfu.pid}/fd`).length,
    cpuMs: cpuMs(sfu.pid),
    forwarded: metric(text, 'rtcscope_sfu_forwarded_packets_total'),
    dropped: metric(text, 'rtcscope_sfu_dropped_packets_total'),
    delays: bounds.map(([, le, count]) => ({
      boundMs: Number(le.replace('+Inf', 'Infinity')) * 1000,
      count: Number(count),
    })),
  };
}

async function waitForParticipants(sfu: OwnSfu, count: number): Promise<void> {
  for (let waited = 0; (await sfu.participants()) !== count; waited += 100) {
    // Longer than the SFU gives to one who went without a word.
    if (waited > 120_000)
      throw new Error(`${await sfu.participants()} participants are still there instead of ${count}`);
    await sleep(100);
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '30' },
      seconds: { type: 'string' },
      load: { type: 'string', default: '0.6' },
      subscribers: { type: 'string', default: '30' },
      joiners: { type: 'string', default: '2' },
      program: { type: 'string' },
    },
  });
  const seconds = values.seconds === undefined ? Number(values.minutes) * 60 : Number(values.seconds);
  const subscribers = Number(values.subscribers);
  if (values.program === undefined)
    execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const certificate = await DtlsCertificate.create();
  const sfu = await ownSfu({
    nodeArguments: Inspector.ARGUMENTS,
    ...(values.program === undefined ? {} : { program: values.program }),
  });
  // Ended by Ctrl-C, it leaves no SFU behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sfu.stop().finally(() => process.exit(130)));
  }
  const peers: LightPeer[] = [];
  let publisher: Publisher | null = null;
  try {
    const inspector = await Inspector.open(sfu.child);
    const join = async (name: string, publishes: boolean, attempts = 3): Promise<LightPeer> => {
      const peer = new LightPeer(certificate, publishes ? 'sendonly' : 'recvonly', CM);
      peers.push(peer);
      await peer.bind();
      try {
        await sfu.join(name, peer, publishes);
        return peer;
      } catch (error) {
        if (attempts <= 1) throw error;
        return join(name, publishes, attempts - 1);
      }
    };
    publisher = new Publisher(await join('publisher', true));
    publisher.start(20);
    for (let index = 0; index < subscribers; index++) await join(`subscriber-${index}`, false);
    const rate = await findRate(sfu, publisher, subscribers, Number(values.load), seconds < 600 ? 1 : 6);
    process.stderr.write(`${Math.round(rate)} packets a second\n`);

    const samples: Sample[] = [];
    const cycleMs = Math.min(60_000, (seconds * 1000) / 6);
    const endMs = performance.now() + seconds * 1000;
    let joins = 0;
    let failedJoins = 0;
    do {
      // In a short run the first cycle's will do.
      const vanishes = samples.length === 0 || cycleMs > 30_000;
      const untilMs = Math.min(performance.now() + cycleMs, Math.max(endMs, performance.now() + cycleMs / 2));
      const came = await churn(sfu, certificate, {
        joiners: Number(values.joiners),
        untilMs,
        cycle: samples.length,
        vanishes,
      });
      joins += came.joins;
      failedJoins += came.failed;
      if (came.why !== null) process.stderr.write(`${came.failed} pairs did not come in: ${came.why}\n`);
      await waitForParticipants(sfu, subscribers + 1);
      const sample = await takeSample(sfu, inspector, { joins, failedJoins });
      samples.push(sample);
      const minutes = ((seconds * 1000 - (endMs - sample.atMs)) / 60_000).toFixed(1);
      const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
      process.stderr.write(
        `${minutes} min: ${joins} joins, heap ${mebibytes(sample.heapBytes)} MiB, outside ${mebibytes(sample.externalBytes)} MiB, resident ${mebibytes(sample.residentKB * 1024)} MiB, ${sample.descriptors} descriptors, ${sample.forwarded} packets\n`,
      );
    } while (performance.now() < endMs || samples.length < 4);
    publisher.stop();
    inspector.close();
    const verdict = judge(samples);
    process.stdout.write(values.json ? `${JSON.stringify(verdict)}\n` : `${JSON.stringify(verdict, null, 2)}\n`);
    if (verdict.failures.length > 0) process.exitCode = 1;
  } finally {
    publisher?.stop();
    for (const peer of peers) peer.close();
    await sfu.stop();
  }
}
