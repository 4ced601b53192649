import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { DtlsCertificate } from '../cluster/dtls/dtls-certificate.ts';
import { type Forwarder, ownSfu, stockWerift } from './forwarders.ts';
import { CM, GCM, type Load, type Measured, measure, measureJoins } from './forwarding-load.ts';
import { hasJanus, janus } from './janus-forwarder.ts';
import { isInOwnNetwork, runInOwnNetwork } from './own-network.ts';
import { note } from './result.ts';

/*
 * `npm run -s bench -- sfu [--json] [--seconds N] [--subscribers N] [--rate N] [--rounds N] [--only PART,...]`
 *
 * One publisher (1150-byte video packets, and Opus) to many subscribers through a process pinned to one core: CPU time of that process per
 * packet it forwards, beside werift forwarding by itself and, where it is installed, Janus's VideoRoom with one event loop. The same clients load all
 * of them and choose the cipher. With several rounds the median counts. The delay is measured from and to this process, so that on a
 * busy machine it is this process's too.
 */
const PARTS = {
  sfu: { title: 'rtcscope sfu, AES-CM', make: ownSfu, profiles: CM },
  janusCm: { title: 'Janus, AES-CM', make: janus, profiles: CM },
  janusGcm: { title: 'Janus, GCM', make: janus, profiles: GCM },
  sfuGcm: { title: 'rtcscope sfu, GCM', make: ownSfu, profiles: GCM },
  stockGcm: { title: 'werift, GCM', make: stockWerift, profiles: GCM },
  stockCm: { title: 'werift, AES-CM', make: stockWerift, profiles: CM },
} as const;
type Part = keyof typeof PARTS;

async function withForwarder<T>(
  make: () => Promise<Forwarder>,
  work: (forwarder: Forwarder) => Promise<T>,
): Promise<T> {
  const forwarder = await make();
  try {
    return await work(forwarder);
  } finally {
    await forwarder.stop();
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

export async function main(args: readonly string[]): Promise<void> {
  if (!isInOwnNetwork() && runInOwnNetwork('sfu', args)) return;
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      subscribers: { type: 'string', default: '30' },
      rate: { type: 'string', default: '25500' },
      rounds: { type: 'string', default: '1' },
      only: { type: 'string', default: [...Object.keys(PARTS), 'joins'].join(',') },
    },
  });
  const load: Load = {
    seconds: Number(values.seconds),
    subscribers: Number(values.subscribers),
    rate: Number(values.rate),
  };
  const wanted = new Set(values.only.split(','));
  if (!hasJanus()) for (const part of ['janusCm', 'janusGcm']) wanted.delete(part);
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const certificate = await DtlsCertificate.create();
  const measured: Partial<Record<Part, Measured[]>> = {};
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [part, { title, make, profiles }] of Object.entries(PARTS) as [Part, (typeof PARTS)[Part]][]) {
      if (!wanted.has(part)) continue;
      note(`round ${round}: ${title}`);
      const one = await withForwarder(make, (forwarder) => measure(forwarder, certificate, profiles, load));
      (measured[part] ??= []).push(one);
    }
  }
  note('joins');
  const joins = wanted.has('joins')
    ? await withForwarder(ownSfu, (forwarder) => measureJoins(forwarder, certificate, 100))
    : null;
  note('');
  const microseconds = (part: Part): number | null =>
    measured[part] === undefined ? null : median(measured[part].map((one) => one.microseconds));
  const ratio = (part: Part): number | null => {
    const theirs = microseconds(part);
    const ours = microseconds('sfu');
    return theirs === null || ours === null ? null : theirs / ours;
  };
  const own = measured.sfu?.[0];
  const result = {
    name: 'sfu',
    figures: {
      microsecondsPerPacket: microseconds('sfu'),
      packetsPerSecond: own?.packetsPerSecond ?? null,
      cpuShare: own?.cpuShare ?? null,
      gcmMicrosecondsPerPacket: microseconds('sfuGcm'),
      stockGcmMicrosecondsPerPacket: microseconds('stockGcm'),
      stockCmMicrosecondsPerPacket: microseconds('stockCm'),
      janusCmMicrosecondsPerPacket: microseconds('janusCm'),
      janusGcmMicrosecondsPerPacket: microseconds('janusGcm'),
      joinCpuMs: joins?.joinCpuMs ?? null,
      memoryPerParticipantKB: joins?.memoryPerParticipantKB ?? null,
      forwardDelayMs: own?.delayMs ?? null,
    },
    ratios: {
      stockGcm: ratio('stockGcm'),
      stockCm: ratio('stockCm'),
      janusCm: ratio('janusCm'),
      janusGcm: ratio('janusGcm'),
    },
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
