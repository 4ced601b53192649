import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../samples/random.ts';
import type { FuzzTask } from './analyse-in-child.ts';
import type { Origin } from './corpus.ts';
import { mutate } from './mutations.ts';

/** All that it takes to make an input again, where the captures it names are there. */
export interface Seed {
  readonly origin: string;
  /** What parts of it are spliced in from, or what is read beside it. */
  readonly other: string;
  readonly seed: number;
  /** What went wrong once. */
  readonly found?: string;
}

const WINDOWS = [1, 0.001, 0.5, 10, 3600];
const FILTERS = [null, null, null, 'rtp', 'ip.addr == 192.0.2.66 and udp', 'not rtp.ssrc == 1'];

/** Writes the input's files into `folder` and says what is to be done with them. */
export function taskOf({ seed }: Seed, origin: Origin, other: Origin, folder: string): FuzzTask {
  const random = seededRandom(seed);
  const path = join(folder, 'input.pcap');
  const [bytes, otherBytes] = [origin.bytes(), other.bytes()];
  writeFileSync(path, mutate(bytes, otherBytes, random));
  const paths = [path];
  if (random() < 0.1) {
    const second = join(folder, 'second.pcap');
    writeFileSync(second, mutate(otherBytes, bytes, random));
    paths.push(second);
  }
  return {
    paths,
    windowSeconds: WINDOWS[Math.floor(random() ** 2 * WINDOWS.length)],
    filter: FILTERS[Math.floor(random() * FILTERS.length)],
    reports: random() < 0.1 ? 'all' : 'all-but-html',
    hashSeed: seed,
  };
}
