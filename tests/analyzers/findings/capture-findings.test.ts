import { describe, expect, it } from 'vitest';
import type { CaptureSummary, TrafficSummary } from '../../../analyzers/analysis.ts';
import { captureFindings } from '../../../analyzers/findings/capture-findings.ts';

const CAPTURE: CaptureSummary = {
  ...{
    path: 'a.pcap',
    format: 'pcap',
    linkTypes: ['ETHERNET'],
    packets: 10,
    bytes: 1000,
    startTime: null,
    endTime: null,
  },
  ...{ truncated: false, droppedByCapture: null, timesInUserSpace: false, interfaces: [], problems: [] },
};
const TRAFFIC: TrafficSummary = {
  ...{
    packets: 10,
    datagrams: 10,
    flows: 1,
    protocols: { rtp: 10, other: 0 },
    undecoded: {},
    rejectedSources: 0,
    streamsLeftOut: 0,
    translatedStreams: 0,
    flowsForgotten: 0,
    datagramsFiltered: 0,
  },
};

const told = (capture: Partial<CaptureSummary>, traffic: Partial<TrafficSummary> = {}, streams = 1) =>
  captureFindings([{ ...CAPTURE, ...capture }], { ...TRAFFIC, ...traffic }, streams).map(
    ({ severity, code, text }) => `${severity} ${code}: ${text}`,
  );

describe('findings of a capture', () => {
  it('are none where it is whole and holds streams', () => {
    expect(told({})).toEqual([]);
    expect(told({ droppedByCapture: 0 })).toEqual([]);
  });

  it('tell a cut end once, with its reason', () => {
    const cut = { code: 'truncated', count: 1 };
    expect(told({ truncated: true, problems: [cut] })).toEqual([
      'warning capture-truncated: a.pcap ends inside a record: everything before it was used',
    ]);
    const bad = { code: 'bad-length', count: 1 };
    expect(told({ truncated: true, problems: [bad] })).toEqual([
      'warning capture-bad-length: a.pcap: a record claims a length that cannot be; the walk ended there',
    ]);
  });

  it('tell what the capture itself dropped', () => {
    expect(told({ droppedByCapture: 1200 })).toEqual([
      'warning capture-dropped: a.pcap: the capture itself dropped 1,200 packets, which look like loss but are none',
    ]);
  });

  it('tell that times are of user space', () => {
    expect(told({ timesInUserSpace: true })).toEqual([
      expect.stringMatching(/^info user-space-times: a\.pcap: packets have/),
    ]);
  });

  it('tell of flows that were forgotten', () => {
    expect(told({}, { flowsForgotten: 1200 })).toEqual([
      expect.stringMatching(/^info flows-forgotten: more flows than are kept: 1,200 flows without media/),
    ]);
  });

  it('tell what there is where there is no stream', () => {
    expect(told({}, { protocols: { stun: 2, dtls: 1, rtp: 0, other: 7 } }, 0)).toEqual([
      'info no-media: no RTP stream among 10 packets (2 datagrams of stun, 1 datagram of dtls)',
    ]);
    expect(told({}, { datagrams: 9, datagramsFiltered: 9, protocols: {} }, 0)).toEqual([
      'info no-media: the filter leaves out every one of 9 datagrams',
    ]);
    expect(told({}, { datagrams: 9, datagramsFiltered: 7, protocols: { stun: 2 } }, 0)).toEqual([
      'info no-media: no RTP stream among 10 packets (2 datagrams of stun); the filter left out 7 datagrams',
    ]);
    expect(told({ packets: 0 }, { packets: 0, protocols: {} }, 0)).toEqual([
      'info no-media: the capture holds no packets',
    ]);
    expect(told({ packets: 10 }, { packets: 0, protocols: {} }, 0)).toEqual([
      'info no-media: none of 10 packets lies in the time asked for',
    ]);
  });
});
