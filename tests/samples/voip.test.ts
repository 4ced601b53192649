import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { voipCall } from './voip.ts';

const shipped = (name: string) => readFileSync(new URL(`../../captures/samples/${name}`, import.meta.url));

it('voip.pcap and its truth are what their maker makes', () => {
  const { pcap, truth } = voipCall();
  expect(shipped('voip.pcap').equals(pcap)).toBe(true);
  expect(JSON.parse(shipped('voip.truth.json').toString())).toEqual(truth);
});
