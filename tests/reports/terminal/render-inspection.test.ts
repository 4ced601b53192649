import { describe, expect, it } from 'vitest';
import type { CaptureInspection } from '../../../captures/index.ts';
import { renderInspection } from '../../../reports/index.ts';

const INSPECTION: CaptureInspection = {
  schema: 'rtcscope.inspection/1',
  path: 'call\u001b[2J.pcapng',
  format: 'pcapng+gzip',
  fileBytes: 12_345,
  packets: 1000,
  bytes: 200_000,
  capturedBytes: 100_000,
  startTime: '2026-01-15T10:00:00.000000Z',
  endTime: '2026-01-15T10:00:10.000000Z',
  durationSeconds: 10,
  inTimeOrder: false,
  truncated: true,
  droppedByCapture: 3,
  sections: [{ hardware: null, operatingSystem: null, application: 'dumpcap', comments: ['one\ntwo'] }],
  interfaces: [
    {
      name: 'eth0',
      description: 'uplink',
      linkType: 'ETHERNET',
      snapLength: 96,
      timeDigits: 6,
      packets: 1000,
      droppedByCapture: 3,
    },
  ],
  decryptionSecrets: 1,
  layers: { eth: 1000, 'eth/ip': 900, 'eth/vlan': 100, 'eth/ip/udp': 800, 'eth/vlan/ip': 100 },
  flows: 2,
  datagrams: 800,
  undecoded: { arp: 10, icmp: 190 },
  problems: [{ code: 'truncated', count: 1 }],
};

describe('an inspection for people', () => {
  it('reads as written here', () => {
    expect(renderInspection(INSPECTION)).toBe(`call\\u{1b}[2J.pcapng
  format        pcapng+gzip, 12.3 kB, cut off at the end
  packets       1,000, 200 kB (100 kB of it captured), 2 flows
  first         2026-01-15T10:00:00.000000Z
  last          2026-01-15T10:00:10.000000Z
  duration      10.0 s
  rate          160 kb/s
  time order    no, some packets stand behind later ones
  dropped       3 while capturing
  secrets       1 block
  written by    dumpcap
  comment       one\\u{a}two

Interfaces
  eth0 (uplink): ETHERNET, 1,000 packets, 6 digits of a second, snap length 96, 3 dropped

Layers
  eth            1,000   100.00 %
    ip             900    90.00 %
      udp          800    80.00 %
    vlan           100    10.00 %
      ip           100    10.00 %

Not decoded
  icmp          190
  arp            10

Problems
  truncated            1
`);
  });

  it('leaves out what is not known', () => {
    const nothing = {
      startTime: null,
      endTime: null,
      durationSeconds: null,
      inTimeOrder: null,
      droppedByCapture: null,
    };
    const text = renderInspection({ ...INSPECTION, ...nothing, packets: 0, layers: {}, fileBytes: null });
    expect(text).not.toMatch(/first|last|duration|rate|time order|NaN|null|Layers/);
  });
});
