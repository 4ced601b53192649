import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { analysisOf } from './analysis-of.ts';

const SAMPLES = ['call.pcapng', 'voip.pcap'];
const NDPI = 'ntop__nDPI/tests/cfgs/default/pcap';
/** Calls through relays, over TCP, with hundreds of other flows between. */
const SHARED = [
  'generated__chrome156/chrome156-turn-udp-vp9.pcap',
  'derived__g711a/turn-send-indication.pcap',
  'derived__g711a/rfc4571-tcp-split.pcap',
  `${NDPI}/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap`,
  `${NDPI}/KakaoTalk_talk.pcap`,
  `${NDPI}/skinny.pcap`,
  `${NDPI}/whatsapp_login_call.pcap`,
];

describe('a table that forgets nearly every flow', () => {
  const sample = (name: string) => fileURLToPath(new URL(`../../captures/samples/${name}`, import.meta.url));
  const captures = SAMPLES.map((name) => ({ name, path: sample(name) }));
  if (missingCaptures === '') captures.push(...SHARED.map((name) => ({ name, path: sharedCapture(name) as string })));

  it.each(captures)('forgets none of which something is told: $name', async ({ path }) => {
    const [all, few] = [await analysisOf(path), await analysisOf(path, { mostFlows: 1 })];
    expect(all.streams.length).toBeGreaterThan(0);
    for (const part of ['streams', 'rtcp', 'turn', 'dtls', 'sip', 'sessions'] as const) {
      expect(few[part]).toEqual(all[part]);
    }
    expect(few.ice.pairs).toEqual(all.ice.pairs);
    expect(few.traffic.flows).toBeGreaterThanOrEqual(all.traffic.flows);
    expect(all.traffic.flowsForgotten).toBe(0);
  });

  it.skipIf(missingCaptures !== '')(`does forget the others${missingCaptures}`, async () => {
    const { traffic } = await analysisOf(sharedCapture(`${NDPI}/whatsapp_login_call.pcap`) as string, { mostFlows: 1 });
    expect(traffic.flowsForgotten).toBeGreaterThan(30);
  });
});
