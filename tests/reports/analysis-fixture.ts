import type { Analysis, Finding, StreamAnalysis } from '../../analyzers/index.ts';

/** Strings as an attacker would put them into SDES, SIP or a file name. */
export const HOSTILE = '</script><img src=x onerror=alert(1)>\u001b[31m=cmd|\u202e`"\'&';

const START_MS = Date.parse('2026-11-24T03:12:40Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString().replace('Z', '456Z');

/** Always the same sequence: a fixture that changed would make a test that cannot be repeated. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An analysis as a call with `streams` streams of `seconds` gives it: worst first, video and audio in turn. */
export function analysisFixture(streams = 3, seconds = 60, text: string = 'alice@example.net'): Analysis {
  const list = Array.from({ length: streams }, (_, index) => streamFixture(index, seconds, text));
  const findings: Finding[] = [];
  if (streams > 0) {
    findings.push({
      severity: 'error',
      code: 'loss-bursts',
      text: `video to 10.0.0.7:5004 lost 2.8 %`,
      streams: ['s1'],
    });
  }
  if (streams > 1) {
    findings.push({
      severity: 'warning',
      code: 'high-jitter',
      text: `jitter of ${text} rose to 48 ms`,
      streams: ['s2'],
    });
  }
  findings.push({ severity: 'info', code: 'no-key-log', text: 'media is encrypted: headers only', streams: [] });
  const packets = list.reduce((sum, stream) => sum + stream.packets, 0);
  return {
    schema: 'rtcscope.analysis/1',
    captures: [
      {
        path: `call-${text}.pcapng`,
        format: 'pcapng+gzip',
        linkTypes: ['Ethernet', 'SLL2'],
        packets: packets + 200,
        bytes: packets * 900,
        startTime: at(0),
        endTime: at(seconds),
        truncated: true,
        droppedByCapture: 12,
        timesInUserSpace: false,
        interfaces: [{ name: 'eth0', linkType: 'Ethernet', packets: packets + 200 }],
        problems: [{ code: 'truncated', count: 1 }],
      },
    ],
    streams: list,
    rtcp: {
      packets: 120,
      compounds: 60,
      encrypted: 40,
      malformed: 1,
      byType: { SR: 30, RR: 30, NACK: 4 },
      sources: [
        {
          source: '10.0.0.5:5005',
          destination: '10.0.0.7:5005',
          ssrc: 0xdeadbeef,
          cname: text,
          encrypted: false,
          packets: 30,
          byType: { SR: 30 },
          senderReports: 30,
          sentPackets: 3000,
          sentOctets: 480000,
          bye: { time: at(seconds - 1), reason: text },
          rembBps: { last: 1.5e6, min: 3e5, max: 2e6 },
        },
      ],
      receptions: [
        {
          source: '10.0.0.7:5005',
          destination: '10.0.0.5:5005',
          reporterSsrc: 0x1,
          mediaSsrc: 0xdeadbeef,
          reports: 30,
          lost: 84,
          highestSequence: 70000,
          fractionLost: { mean: 0.02, max: 0.2 },
          jitterUnits: { mean: 180, max: 900 },
          roundTripMs: { min: 10, mean: 14.5, max: 40 },
          nacks: 4,
          nackedPackets: 9,
          plis: 1,
          firs: 0,
          feedbackPackets: 0,
          feedbackLost: 0,
        },
      ],
    },
    ice: {
      messages: 80,
      transactions: 38,
      unanswered: 2,
      retransmissions: 2,
      errors: [{ code: 487, reason: text, count: 1 }],
      pairs: [
        {
          a: '10.0.0.5:5004',
          b: '10.0.0.7:5004',
          transport: 'udp',
          relayedPeer: null,
          controlling: 'a',
          checks: 20,
          responses: 19,
          retransmissions: 1,
          errors: 0,
          roundTripMs: { min: 10, mean: 12, max: 30 },
          firstCheckTime: at(0),
          firstSuccessTime: at(0.1),
          nominatedTime: at(0.2),
          consentChecks: 12,
          longestConsentGapMs: 5100,
          usernameFragments: ['abcd', text],
          software: [text],
        },
      ],
      pairsLeftOut: 0,
    },
    turn: {
      allocations: [
        {
          client: '10.0.0.5:40000',
          server: '192.0.2.1:3478',
          relayedAddress: '192.0.2.1:49152',
          mappedAddress: '198.51.100.7:40000',
          lifetimeSeconds: 600,
          allocatedTime: at(0.05),
          allocationMs: 41.5,
          refreshes: 1,
          permissions: ['10.0.0.7'],
          channels: [{ number: 0x4000, peer: '10.0.0.7:5004' }],
          errors: [{ code: 401, reason: text, count: 1 }],
        },
      ],
      allocationsLeftOut: 0,
      channelDataPackets: 900,
      indicationPackets: 4,
    },
    dtls: {
      records: 18,
      handshakes: [
        {
          client: '10.0.0.5:5004',
          server: '10.0.0.7:5004',
          transport: 'udp',
          relayedPeer: null,
          version: '1.2',
          cipherSuite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
          srtpProfile: 'SRTP_AEAD_AES_128_GCM',
          srtpProfilesOffered: ['SRTP_AEAD_AES_128_GCM'],
          startTime: at(0.3),
          durationMs: 62.5,
          completed: true,
          retransmissions: 1,
          alerts: [{ level: 'warning', description: 'close_notify', time: at(seconds), from: 'client' }],
        },
      ],
      handshakesLeftOut: 0,
    },
    sip: {
      messages: 6,
      calls: [
        {
          callId: `1@${text}`,
          from: text,
          to: text,
          startTime: at(0),
          answeredTime: at(2),
          endTime: null,
          finalStatus: 200,
          media: [{ kind: 'audio', address: '10.0.0.5:5004', codecs: ['opus', text] }],
        },
      ],
    },
    sessions: [
      {
        id: 'c1',
        a: '10.0.0.5:5004',
        b: '10.0.0.7:5004',
        transport: 'udp',
        relayedPeer: null,
        firstStunTime: at(0),
        nominatedTime: at(0.2),
        dtlsStartTime: at(0.3),
        dtlsEndTime: at(0.36),
        firstMediaTime: at(0.4),
        endTime: at(seconds),
        setupMs: 400,
        switchedFrom: null,
        streams: list.slice(0, 20).map((stream) => stream.id),
      },
    ],
    findings,
    traffic: {
      packets: packets + 200,
      datagrams: packets + 190,
      flows: streams + 4,
      protocols: { rtp: packets, rtcp: 60, srtcp: 40, stun: 80, dtls: 18 },
      undecoded: { arp: 6, icmp: 4 },
      rejectedSources: 2,
      streamsLeftOut: 0,
      translatedStreams: 0,
      flowsForgotten: 0,
      datagramsFiltered: 0,
    },
    windowSeconds: 1,
  };
}

function streamFixture(index: number, seconds: number, text: string): StreamAnalysis {
  const next = sequence(index + 1);
  const video = index % 2 === 0;
  const badness = index < 12 ? (12 - index) / 12 : 0;
  const startSeconds = (index % 7) * 0.25;
  const windows = Math.max(1, Math.round(seconds - startSeconds));
  const perWindow = video ? 220 : 50;
  const packets: number[] = [];
  const bytes: number[] = [];
  const lost: number[] = [];
  const jitter: (number | null)[] = [];
  const maxJitter: (number | null)[] = [];
  for (let window = 0; window < windows; window++) {
    const dip = window > windows * 0.4 && window < windows * 0.45;
    const gone = dip ? Math.round(perWindow * badness * (0.2 + 0.3 * next())) : next() < 0.03 * badness ? 1 : 0;
    const silent = !video && index % 6 === 1 && window % 40 > 33;
    const came = silent ? 0 : perWindow - gone;
    packets.push(came);
    bytes.push(came * (video ? 1050 : 172) - (came === 0 ? 0 : Math.round(next() * 2000)));
    lost.push(silent ? 0 : gone);
    const value = silent ? null : 2 + next() * 3 + (dip ? 40 * badness : 0);
    jitter.push(value);
    maxJitter.push(value === null ? null : value * 1.6);
  }
  const sum = (column: readonly number[]) => column.reduce((total, value) => total + value, 0);
  const count = sum(packets);
  const missing = sum(lost);
  const present = jitter.filter((value) => value !== null);
  const meanJitter = present.reduce((total, value) => total + value, 0) / present.length;
  const meanBps = (sum(bytes) * 8) / windows;
  const ssrc = (0xdeadbeef + index * 7919) >>> 0;
  const host = 5 + (index % 200);
  const wide = index % 10 === 9;
  const source = wide ? `[2001:db8:0:17::${host.toString(16)}]:5004` : `10.0.${index >> 8}.${host}:5004`;
  const destination = wide ? '[2001:db8::7]:40000' : `10.0.0.7:${5004 + index * 2}`;
  return {
    id: `s${index + 1}`,
    source,
    destination,
    transport: index % 5 === 4 ? 'turn-udp' : 'udp',
    relayedPeer: index % 5 === 4 ? '192.0.2.44:50000' : null,
    ssrc,
    payloadTypes: [video ? 96 : 111],
    kind: video ? 'video' : 'audio',
    kindSource: 'sdp',
    codec: video ? 'VP8' : index === 1 ? text : 'opus',
    codecSource: 'sdp',
    clockRate: video ? 90000 : 48000,
    clockRateSource: video ? 'inferred' : 'sdp',
    clockRateConfidence: video ? 0.97 : 1,
    encrypted: true,
    cname: text,
    startTime: at(startSeconds),
    endTime: at(seconds),
    durationSeconds: seconds - startSeconds,
    packets: count,
    bytes: sum(bytes),
    expected: count + missing,
    lost: missing,
    lostPercent: (100 * missing) / (count + missing),
    duplicates: index % 3,
    copies: 0,
    late: index % 4,
    reordered: index % 4,
    reorderingExtent: index % 4 === 0 ? null : { mean: 1.5, max: 4 },
    restarts: 0,
    bursts:
      missing === 0
        ? null
        : {
            bursts: 3,
            burstDensity: 0.3,
            gapDensity: 0.001,
            burstDurationMs: 900,
            gapDurationMs: 30000,
            longestLoss: 14,
            longestLossTime: at(seconds * 0.42),
            worst: [{ time: at(seconds * 0.42), durationMs: 1200, lost: missing, packets: 200 }],
          },
    jitterMs: index === 2 ? null : { mean: meanJitter, max: meanJitter * 8, p95: meanJitter * 2 },
    delayVariationMs: { mean: 4, max: 61, p95: 20, p50: 2.5, p99: 44 },
    deltaMs: { min: 0.01, mean: 1000 / perWindow, max: 300 },
    clockSkewPpm: seconds >= 10 ? -3.25 : null,
    bitrateBps: { mean: meanBps, max: meanBps * 1.3, p95: meanBps * 1.2 },
    bitrateWindowBps: { max: meanBps * 1.3, p95: meanBps * 1.2 },
    packetRate: count / windows,
    video: video
      ? {
          frames: windows * 30,
          frameRate: 29.97,
          frameBytes: { mean: 7700, p95: 12000, max: 90000 },
          packetsPerFrame: 7.3,
          freezes: 2,
          freezeMs: 900,
          longestFreezeMs: 610,
          damagedFrames: 20,
          keyFrames: null,
        }
      : null,
    audio: video
      ? null
      : { packetTimeMs: 20, silences: 3, silenceMs: 4200, comfortNoisePackets: 0, telephoneEvents: 0 },
    mos: video ? null : 4.41 - badness,
    mosBasis: video ? null : 'assumed',
    headerExtensions: [
      { id: 3, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', packets: count },
      { id: 9, uri: text, packets: 4 },
    ],
    repairsSsrc: null,
    repairsSource: null,
    reported: {
      by: 1,
      reports: 30,
      lost: missing + 2,
      fractionLost: { mean: 0.02, max: 0.2 },
      jitterMs: { mean: 3.1, max: 12 },
      roundTripMs: { min: 10, mean: 14.5, max: 40 },
    },
    lossSide: missing === 0 ? 'none' : 'before',
    suspectedCaptureLoss: 0,
    session: index < 20 ? 'c1' : null,
    wiresharkFilter: `rtp.ssrc == 0x${ssrc.toString(16)} && udp.dstport == ${5004 + index * 2}`,
    series: {
      startTime: at(startSeconds),
      windowSeconds: 1,
      packets,
      bytes,
      lost,
      jitterMs: jitter,
      maxJitterMs: maxJitter,
      delayHistogram: {
        upperMs: [1, 2, 5, 10, 20, 50, 100],
        packets: [0.2, 0.3, 0.25, 0.15, 0.06, 0.03, 0.01].map((share) => Math.round(count * share)),
      },
    },
  };
}
