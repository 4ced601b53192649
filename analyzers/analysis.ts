import type { StateAnalysis, StateGroup } from './states/state-analysis.ts';

/**
 * What an analysis comes to: one plain, versioned value, the contract between measurement and report, and the JSON that
 * `analyze --json` prints. `docs/analysis.schema.json` describes the same, and a test holds the two together.
 *
 * Units stand in the names. Times are ISO 8601 in UTC with the capture's full resolution. What is not known is null,
 * never 0.
 */
export interface Analysis {
  readonly schema: 'rtcscope.analysis/1';
  readonly captures: readonly CaptureSummary[];
  /** Worst first. */
  readonly streams: readonly StreamAnalysis[];
  readonly rtcp: RtcpAnalysis;
  readonly ice: IceAnalysis;
  readonly turn: TurnAnalysis;
  readonly dtls: DtlsAnalysis;
  readonly sip: SipAnalysis;
  readonly sessions: readonly SessionAnalysis[];
  readonly findings: readonly Finding[];
  /** What the packets were, so that nothing is lost without a word. */
  readonly traffic: TrafficSummary;
  /** Seconds of the windows of `series` and of the throughput figures named `window`. */
  readonly windowSeconds: number;
  /** Where asked for: stretches of time with one phase and one scaling state, in their order. */
  readonly states?: readonly StateAnalysis[];
  /** The same by phase, and by state within a phase. */
  readonly stateGroups?: readonly StateGroup[];
}

export interface CaptureSummary {
  /** As given on the command line; `-` for standard input. */
  readonly path: string;
  /** `pcap` or `pcapng`, with the compression: `pcap+gzip`, `pcapng+zstd`. */
  readonly format: string;
  readonly linkTypes: readonly string[];
  readonly packets: number;
  /** Sum of the packets' original lengths. */
  readonly bytes: number;
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** True where the file ends inside a record: everything before it was used. */
  readonly truncated: boolean;
  /** Packets dropped while capturing, by the capture's own counters; null where it has none. */
  readonly droppedByCapture: number | null;
  /** True where its times are those at which a program got the packets, not the kernel. */
  readonly timesInUserSpace: boolean;
  readonly interfaces: readonly { readonly name: string | null; readonly linkType: string; readonly packets: number }[];
  readonly problems: readonly { readonly code: string; readonly count: number }[];
}

export interface TrafficSummary {
  readonly packets: number;
  readonly datagrams: number;
  readonly flows: number;
  /** Datagrams by protocol: `rtp`, `rtcp`, `srtcp`, `stun`, `turn-channel`, `dtls`, `sip`, `other`. */
  readonly protocols: Readonly<Record<string, number>>;
  /** Packets that came to no datagram, by reason: `arp`, `icmp`, `fragment-incomplete`, `unknown-link-type`, ... */
  readonly undecoded: Readonly<Record<string, number>>;
  /** Sources that looked like RTP and were not believed: no two packets in sequence (RFC 3550 A.1), nothing to vouch. */
  readonly rejectedSources: number;
  /** Streams beyond the number that is kept: the shortest went, and are nowhere else in the analysis. */
  readonly streamsLeftOut: number;
  /** Streams that were also captured before or after an address translation, where they have another address: counted once. */
  readonly translatedStreams: number;
  /** Flows without media or signalling, forgotten since there were too many; one that comes again is in `flows` again. */
  readonly flowsForgotten: number;
  /** Datagrams that the filter left out; `protocols` has the others. */
  readonly datagramsFiltered: number;
}

export type StreamKind = 'audio' | 'video' | 'rtx' | 'fec' | 'unknown';

export interface Quantiles {
  readonly mean: number;
  readonly max: number;
  /** From a histogram of 64 steps an octave: at most 0.8 % off. */
  readonly p95: number;
}

export interface Range {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** One SSRC in one direction of one flow. */
export interface StreamAnalysis {
  /** `s1`, `s2`, ... in order of appearance: what findings and charts refer to. */
  readonly id: string;
  readonly source: string;
  readonly destination: string;
  readonly transport: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp';
  /** The peer behind the TURN server, where relayed. */
  readonly relayedPeer: string | null;
  readonly ssrc: number;
  readonly payloadTypes: readonly number[];
  readonly kind: StreamKind;
  /** What told the kind: `sdp`, `static`, `packets`, `rtx-pairing`, ... null where it is unknown. */
  readonly kindSource: string | null;
  /** As in SDP: `opus`, `VP8`, `PCMA`; null where nothing tells. */
  readonly codec: string | null;
  /** `packets` where the payload itself shows the codec; `inferred` where only rate and rhythm of the packets speak for it. */
  readonly codecSource: 'sdp' | 'static' | 'packets' | 'inferred' | null;
  readonly clockRate: number | null;
  readonly clockRateSource: 'sdp' | 'static' | 'inferred' | 'unknown';
  /** 0 to 1. 1 for SDP; for `inferred` how far the packets' timestamps speak for this rate and against the others. */
  readonly clockRateConfidence: number | null;
  /** SRTP by DTLS or SDP on the same flow; null where nothing tells. */
  readonly encrypted: boolean | null;
  /** Canonical name by SDES (RFC 3550, 6.5.1), where RTCP is in clear. */
  readonly cname: string | null;

  readonly startTime: string | null;
  readonly endTime: string | null;
  readonly durationSeconds: number | null;
  /** Unique packets: duplicates and copies of the capture are not in it. */
  readonly packets: number;
  /** IP payload as media: RTP header and payload of the unique packets, by the headers' lengths. */
  readonly bytes: number;
  /** Highest less lowest extended sequence number plus one, summed over restarts (RFC 3550 A.3). */
  readonly expected: number;
  /** Sequence numbers that never came. */
  readonly lost: number;
  readonly lostPercent: number;
  /** The same packet again at the same capture point. */
  readonly duplicates: number;
  /** The same packet seen at another point of the capturing host (veth, bridge, uplink); counted once in `packets`. */
  readonly copies: number;
  /** Packets whose number was already passed over when they came: late, hence not lost (RFC 4737, Type-P-Reordered). */
  readonly late: number;
  /** Same as `late`, as the RFC counts it: packets below the next expected number that are no duplicates. */
  readonly reordered: number;
  /** RFC 4737, 4.2.1: how many packets came between the earliest one that overtook and the late one. */
  readonly reorderingExtent: { readonly mean: number; readonly max: number } | null;
  /** Times that the numbering began anew (RFC 3550 A.1, bad_seq). */
  readonly restarts: number;
  readonly bursts: BurstAnalysis | null;

  /** Interarrival jitter J (RFC 3550, 6.4.1 and A.8), over all packets; null where no clock rate is known. */
  readonly jitterMs: Quantiles | null;
  /** Packet delay variation (RFC 5481, 4.2): one-way delay above the smallest of the stream, clock skew removed. */
  readonly delayVariationMs: (Quantiles & { readonly p50: number; readonly p99: number }) | null;
  /** Time between packets as they arrive; negative where the capture's times run backwards. */
  readonly deltaMs: Range | null;
  /** How much faster the sender's clock runs than the capture's, in parts per million; null below 10 s of media. */
  readonly clockSkewPpm: number | null;
  /** Media throughput (RTP header and payload) over windows of 1 s that begin with the stream; the last, partial one is left out of max and p95. */
  readonly bitrateBps: { readonly mean: number | null; readonly max: number | null; readonly p95: number | null };
  /** The same over windows of `Analysis.windowSeconds`. */
  readonly bitrateWindowBps: { readonly max: number | null; readonly p95: number | null };
  readonly packetRate: number | null;

  readonly video: VideoAnalysis | null;
  readonly audio: AudioAnalysis | null;
  /** Mean opinion score by the E-model (ITU-T G.107) from loss, burstiness and delay variation; audio of known codec only. */
  readonly mos: number | null;
  /** `itu` where codec and figures are those of ITU-T G.113; `assumed` where one of them is not, see docs/rfc-notes.md. */
  readonly mosBasis: 'itu' | 'assumed' | null;
  readonly headerExtensions: readonly HeaderExtensionUse[];
  /** The stream that this one repairs (RFC 4588, RFC 8627, RFC 5109). */
  readonly repairsSsrc: number | null;
  /** `sdp` for ssrc-group, `rtp-stream-id`, or `packets` where numbers and times of the two streams fit. */
  readonly repairsSource: string | null;
  /** What the far end reported of this stream by RTCP (RR, XR), beside what was seen here. */
  readonly reported: ReportedReception | null;
  /** Where its loss happened, by reports and capture: before, after or on both sides of the capture point. */
  readonly lossSide: 'before' | 'after' | 'both' | 'none' | null;
  /** Share of its loss that every stream of the capture suffered at the same moment: lost by the capture, not by the network. */
  readonly suspectedCaptureLoss: number;
  readonly session: string | null;
  readonly wiresharkFilter: string;
  readonly series: StreamSeries;
}

/** RFC 3611, 4.7.2, with Gmin = 16. */
export interface BurstAnalysis {
  readonly bursts: number;
  /** Share of packets lost inside bursts and inside gaps, 0 to 1. */
  readonly burstDensity: number;
  readonly gapDensity: number;
  readonly burstDurationMs: number;
  readonly gapDurationMs: number;
  /** Longest run of lost packets, and when it was noticed. */
  readonly longestLoss: number;
  readonly longestLossTime: string | null;
  /** The worst bursts, at most ten, by lost packets. */
  readonly worst: readonly {
    readonly time: string;
    readonly durationMs: number;
    readonly lost: number;
    readonly packets: number;
  }[];
}

export interface VideoAnalysis {
  readonly frames: number;
  readonly frameRate: number | null;
  readonly frameBytes: { readonly mean: number; readonly p95: number; readonly max: number };
  readonly packetsPerFrame: number;
  /** W3C webrtc-stats freezeCount, on arrival: frame gap above max(3 x mean, mean + 150 ms). */
  readonly freezes: number;
  readonly freezeMs: number;
  readonly longestFreezeMs: number;
  /** Frames of which at least one packet never came. */
  readonly damagedFrames: number;
  /** Pictures that need none before them; null where the payload is encrypted or of a codec that is not known. */
  readonly keyFrames: number | null;
}

export interface AudioAnalysis {
  /** Usual media time of one packet. */
  readonly packetTimeMs: number | null;
  /** Pauses in which the sender sent nothing while the numbers ran on: DTX or silence suppression, not loss. */
  readonly silences: number;
  readonly silenceMs: number;
  readonly comfortNoisePackets: number;
  readonly telephoneEvents: number;
}

export interface HeaderExtensionUse {
  readonly id: number;
  readonly uri: string | null;
  readonly packets: number;
}

export interface ReportedReception {
  /** SSRC of who reported. */
  readonly by: number;
  readonly reports: number;
  readonly lost: number;
  readonly fractionLost: { readonly mean: number; readonly max: number };
  readonly jitterMs: { readonly mean: number; readonly max: number } | null;
  /** From this capture point to the reporting end and back, by LSR and DLSR (RFC 3550, 6.4.1). */
  readonly roundTripMs: Range | null;
}

/** Parallel columns: one entry a window. Windows without a packet are present; their jitter is null. */
export interface StreamSeries {
  readonly startTime: string | null;
  /** A multiple of `Analysis.windowSeconds`: longer where the stream has more windows than are kept. */
  readonly windowSeconds: number;
  readonly packets: readonly number[];
  readonly bytes: readonly number[];
  /** Lost packets, in the window in which they were noticed. */
  readonly lost: readonly number[];
  /** Mean jitter of the window's packets, milliseconds to the nanosecond. */
  readonly jitterMs: readonly (number | null)[];
  readonly maxJitterMs: readonly (number | null)[];
  /** Delay variation: how often (packets) it lay in each class; the bounds are the upper ends. */
  readonly delayHistogram: { readonly upperMs: readonly number[]; readonly packets: readonly number[] };
}

export interface RtcpAnalysis {
  readonly packets: number;
  readonly compounds: number;
  readonly encrypted: number;
  readonly malformed: number;
  /** Packets by type: `SR`, `RR`, `SDES`, `BYE`, `APP`, `XR`, `NACK`, `TWCC`, `PLI`, `FIR`, `REMB`, `CCFB`, ... */
  readonly byType: Readonly<Record<string, number>>;
  readonly sources: readonly RtcpSourceAnalysis[];
  readonly receptions: readonly RtcpReceptionAnalysis[];
}

/** One SSRC as it speaks in RTCP on one flow. */
export interface RtcpSourceAnalysis {
  readonly source: string;
  readonly destination: string;
  readonly ssrc: number;
  readonly cname: string | null;
  readonly encrypted: boolean;
  readonly packets: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly senderReports: number;
  /** Sender's own counts by its last SR. */
  readonly sentPackets: number | null;
  readonly sentOctets: number | null;
  readonly bye: { readonly time: string; readonly reason: string | null } | null;
  readonly rembBps: { readonly last: number; readonly min: number; readonly max: number } | null;
}

/** What one source reported of another's stream. */
export interface RtcpReceptionAnalysis {
  readonly source: string;
  readonly destination: string;
  readonly reporterSsrc: number;
  readonly mediaSsrc: number;
  readonly reports: number;
  readonly lost: number | null;
  readonly highestSequence: number | null;
  readonly fractionLost: { readonly mean: number; readonly max: number } | null;
  /** In timestamp units, as the wire has it. */
  readonly jitterUnits: { readonly mean: number; readonly max: number } | null;
  readonly roundTripMs: Range | null;
  readonly nacks: number;
  readonly nackedPackets: number;
  readonly plis: number;
  readonly firs: number;
  /** Packets that transport-wide feedback (TWCC) or RFC 8888 told as not received. */
  readonly feedbackPackets: number;
  readonly feedbackLost: number;
}

export interface IceAnalysis {
  /** STUN messages of all methods, TURN's too; copies from other capture points are not in it. */
  readonly messages: number;
  readonly transactions: number;
  /** Transactions without a response; those too young at the end to have one (RFC 8489, 6.2.1: 500 ms) are not in it. */
  readonly unanswered: number;
  readonly retransmissions: number;
  /** Errors of Binding; those of TURN stand with their allocation. */
  readonly errors: readonly { readonly code: number; readonly reason: string; readonly count: number }[];
  readonly pairs: readonly IcePairAnalysis[];
  /** Pairs beyond the number that is kept. */
  readonly pairsLeftOut: number;
}

/** A candidate pair: two addresses between which connectivity checks went (RFC 8445). */
export interface IcePairAnalysis {
  readonly a: string;
  readonly b: string;
  readonly transport: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp';
  /** The peer behind the TURN server, where relayed. */
  readonly relayedPeer: string | null;
  /** `a` or `b` where one end is known to control by ICE-CONTROLLING. */
  readonly controlling: 'a' | 'b' | null;
  readonly checks: number;
  readonly responses: number;
  readonly retransmissions: number;
  readonly errors: number;
  readonly roundTripMs: Range | null;
  readonly firstCheckTime: string;
  readonly firstSuccessTime: string | null;
  readonly nominatedTime: string | null;
  /** Checks after nomination: consent (RFC 7675). */
  readonly consentChecks: number;
  /** Longest time without an answered check after nomination, in ms. */
  readonly longestConsentGapMs: number | null;
  readonly usernameFragments: readonly string[];
  readonly software: readonly string[];
}

export interface TurnAnalysis {
  readonly allocations: readonly TurnAllocationAnalysis[];
  /** Allocations beyond the number that is kept. */
  readonly allocationsLeftOut: number;
  readonly channelDataPackets: number;
  readonly indicationPackets: number;
}

export interface TurnAllocationAnalysis {
  readonly client: string;
  readonly server: string;
  readonly relayedAddress: string | null;
  readonly mappedAddress: string | null;
  readonly lifetimeSeconds: number | null;
  readonly allocatedTime: string | null;
  readonly allocationMs: number | null;
  readonly refreshes: number;
  readonly permissions: readonly string[];
  readonly channels: readonly { readonly number: number; readonly peer: string }[];
  readonly errors: readonly { readonly code: number; readonly reason: string; readonly count: number }[];
}

export interface DtlsAnalysis {
  readonly records: number;
  readonly handshakes: readonly DtlsHandshakeAnalysis[];
  /** Handshakes beyond the number that is kept. */
  readonly handshakesLeftOut: number;
}

export interface DtlsHandshakeAnalysis {
  readonly client: string;
  readonly server: string;
  readonly transport: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp';
  /** The peer behind the TURN server, where relayed. */
  readonly relayedPeer: string | null;
  /** `1.0`, `1.2`, `1.3`: the version negotiated; null where no ServerHello was seen. */
  readonly version: string | null;
  readonly cipherSuite: string | null;
  /** `SRTP_AES128_CM_HMAC_SHA1_80`, ... (RFC 5764, RFC 7714); null where not negotiated or hidden by encryption. */
  readonly srtpProfile: string | null;
  readonly srtpProfilesOffered: readonly string[];
  readonly startTime: string;
  /** From the first ClientHello to the last handshake message, or the first record of application or media data after it. */
  readonly durationMs: number | null;
  readonly completed: boolean;
  readonly retransmissions: number;
  readonly alerts: readonly {
    readonly level: string;
    readonly description: string;
    readonly time: string;
    readonly from: 'client' | 'server';
  }[];
}

export interface SipAnalysis {
  readonly messages: number;
  readonly calls: readonly SipCallAnalysis[];
}

export interface SipCallAnalysis {
  readonly callId: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly startTime: string;
  readonly answeredTime: string | null;
  readonly endTime: string | null;
  readonly finalStatus: number | null;
  readonly media: readonly { readonly kind: string; readonly address: string; readonly codecs: readonly string[] }[];
}

/** A session: what two addresses did with each other from first contact to last packet. */
export interface SessionAnalysis {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly transport: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp';
  /** The peer behind the TURN server, where relayed. */
  readonly relayedPeer: string | null;
  readonly firstStunTime: string | null;
  readonly nominatedTime: string | null;
  readonly dtlsStartTime: string | null;
  readonly dtlsEndTime: string | null;
  readonly firstMediaTime: string | null;
  readonly endTime: string | null;
  /** From the first STUN message to the first RTP packet. */
  readonly setupMs: number | null;
  /** The session of the same ICE credentials whose media moved here: a path switch. */
  readonly switchedFrom: string | null;
  readonly streams: readonly string[];
}

export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  readonly severity: Severity;
  /** Stable, kebab-case: `loss-bursts`, `capture-loss`, `high-jitter`. */
  readonly code: string;
  /** One plain sentence, strings from packets included as they are: a report escapes them. */
  readonly text: string;
  /** Ids of the streams that it speaks of. */
  readonly streams: readonly string[];
}
