import { writeFileSync } from 'node:fs';
import { voipCall } from './voip.ts';

/** `npm run samples -- make-voip` */
export function main(): void {
  const { pcap, truth } = voipCall();
  writeFileSync('captures/samples/voip.pcap', pcap);
  writeFileSync('captures/samples/voip.truth.json', `${JSON.stringify(truth, null, 2)}\n`);
}
