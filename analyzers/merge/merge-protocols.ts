import type {
  DtlsAnalysis,
  IceAnalysis,
  IcePairAnalysis,
  RtcpAnalysis,
  RtcpReceptionAnalysis,
  RtcpSourceAnalysis,
  SipAnalysis,
  TrafficSummary,
  TurnAnalysis,
} from '../analysis.ts';
import { earlier, largest, later, mergeRanges, weighted } from './merge-streams.ts';

type Counts = Readonly<Record<string, number>>;

export function addCounts(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** What has the same key is joined, in the order in which keys appear. */
function byKey<T>(all: readonly T[], keyOf: (one: T) => string, join: (a: T, b: T) => T): T[] {
  const joined = new Map<string, T>();
  for (const one of all) {
    const key = keyOf(one);
    const there = joined.get(key);
    joined.set(key, there === undefined ? one : join(there, one));
  }
  return [...joined.values()];
}

/** A flow that goes on in another part is in `flows` of each: the number is at most the sum. */
export function mergeTraffic(a: TrafficSummary, b: TrafficSummary): TrafficSummary {
  return {
    packets: a.packets + b.packets,
    datagrams: a.datagrams + b.datagrams,
    flows: a.flows + b.flows,
    protocols: addCounts(a.protocols, b.protocols),
    undecoded: addCounts(a.undecoded, b.undecoded),
    rejectedSources: a.rejectedSources + b.rejectedSources,
    streamsLeftOut: a.streamsLeftOut + b.streamsLeftOut,
    translatedStreams: a.translatedStreams + b.translatedStreams,
    flowsForgotten: a.flowsForgotten + b.flowsForgotten,
    datagramsFiltered: a.datagramsFiltered + b.datagramsFiltered,
  };
}

export function mergeRtcp(a: RtcpAnalysis, b: RtcpAnalysis): RtcpAnalysis {
  return {
    packets: a.packets + b.packets,
    compounds: a.compounds + b.compounds,
    encrypted: a.encrypted + b.encrypted,
    malformed: a.malformed + b.malformed,
    byType: addCounts(a.byType, b.byType),
    sources: byKey(
      [...a.sources, ...b.sources],
      ({ source, destination, ssrc }) => `${source} ${destination} ${ssrc}`,
      joinSources,
    ),
    receptions: byKey(
      [...a.receptions, ...b.receptions],
      (one) => `${one.source} ${one.destination} ${one.reporterSsrc} ${one.mediaSsrc}`,
      joinReceptions,
    ),
  };
}

/** Counts that the wire has as running totals are those of the later part. */
function joinSources(a: RtcpSourceAnalysis, b: RtcpSourceAnalysis): RtcpSourceAnalysis {
  return {
    ...b,
    cname: a.cname ?? b.cname,
    encrypted: a.encrypted || b.encrypted,
    packets: a.packets + b.packets,
    byType: addCounts(a.byType, b.byType),
    senderReports: a.senderReports + b.senderReports,
    sentPackets: b.sentPackets ?? a.sentPackets,
    sentOctets: b.sentOctets ?? a.sentOctets,
    bye: b.bye ?? a.bye,
    rembBps:
      a.rembBps === null || b.rembBps === null
        ? (a.rembBps ?? b.rembBps)
        : {
            last: b.rembBps.last,
            min: Math.min(a.rembBps.min, b.rembBps.min),
            max: Math.max(a.rembBps.max, b.rembBps.max),
          },
  };
}

function joinReceptions(a: RtcpReceptionAnalysis, b: RtcpReceptionAnalysis): RtcpReceptionAnalysis {
  return {
    ...b,
    reports: a.reports + b.reports,
    lost: b.lost ?? a.lost,
    highestSequence: b.highestSequence ?? a.highestSequence,
    fractionLost: weighted(a.fractionLost, a.reports, b.fractionLost, b.reports),
    jitterUnits: weighted(a.jitterUnits, a.reports, b.jitterUnits, b.reports),
    roundTripMs: mergeRanges(a.roundTripMs, a.reports, b.roundTripMs, b.reports),
    nacks: a.nacks + b.nacks,
    nackedPackets: a.nackedPackets + b.nackedPackets,
    plis: a.plis + b.plis,
    firs: a.firs + b.firs,
    feedbackPackets: a.feedbackPackets + b.feedbackPackets,
    feedbackLost: a.feedbackLost + b.feedbackLost,
  };
}

export function mergeIce(a: IceAnalysis, b: IceAnalysis): IceAnalysis {
  return {
    messages: a.messages + b.messages,
    transactions: a.transactions + b.transactions,
    unanswered: a.unanswered + b.unanswered,
    retransmissions: a.retransmissions + b.retransmissions,
    errors: joinErrors([...a.errors, ...b.errors]),
    pairs: byKey(
      [...a.pairs, ...b.pairs],
      (pair) => `${[pair.a, pair.b].sort().join(' ')} ${pair.transport} ${pair.relayedPeer}`,
      joinPairs,
    ),
    pairsLeftOut: a.pairsLeftOut + b.pairsLeftOut,
  };
}

function joinErrors<T extends { code: number; reason: string; count: number }>(errors: readonly T[]): T[] {
  return byKey(
    errors,
    ({ code, reason }) => `${code} ${reason}`,
    (x, y) => ({ ...x, count: x.count + y.count }),
  );
}

function joinPairs(a: IcePairAnalysis, b: IcePairAnalysis): IcePairAnalysis {
  const turned = a.a !== b.a;
  const controlling = turned && b.controlling !== null ? (b.controlling === 'a' ? 'b' : 'a') : b.controlling;
  return {
    ...a,
    controlling: a.controlling ?? controlling,
    checks: a.checks + b.checks,
    responses: a.responses + b.responses,
    retransmissions: a.retransmissions + b.retransmissions,
    errors: a.errors + b.errors,
    roundTripMs: mergeRanges(a.roundTripMs, a.responses, b.roundTripMs, b.responses),
    firstCheckTime: earlier(a.firstCheckTime, b.firstCheckTime) as string,
    firstSuccessTime: earlier(a.firstSuccessTime, b.firstSuccessTime),
    nominatedTime: earlier(a.nominatedTime, b.nominatedTime),
    consentChecks: a.consentChecks + b.consentChecks,
    longestConsentGapMs: largest(a.longestConsentGapMs, b.longestConsentGapMs),
    usernameFragments: [...new Set([...a.usernameFragments, ...b.usernameFragments])],
    software: [...new Set([...a.software, ...b.software])],
  };
}

export function mergeTurn(a: TurnAnalysis, b: TurnAnalysis): TurnAnalysis {
  return {
    allocations: byKey(
      [...a.allocations, ...b.allocations],
      ({ client, server, relayedAddress }) => `${client} ${server} ${relayedAddress}`,
      (x, y) => ({
        ...x,
        mappedAddress: x.mappedAddress ?? y.mappedAddress,
        lifetimeSeconds: y.lifetimeSeconds ?? x.lifetimeSeconds,
        allocatedTime: earlier(x.allocatedTime, y.allocatedTime),
        allocationMs: x.allocationMs ?? y.allocationMs,
        refreshes: x.refreshes + y.refreshes,
        permissions: [...new Set([...x.permissions, ...y.permissions])],
        channels: byKey(
          [...x.channels, ...y.channels],
          ({ number, peer }) => `${number} ${peer}`,
          (one) => one,
        ),
        errors: joinErrors([...x.errors, ...y.errors]),
      }),
    ),
    allocationsLeftOut: a.allocationsLeftOut + b.allocationsLeftOut,
    channelDataPackets: a.channelDataPackets + b.channelDataPackets,
    indicationPackets: a.indicationPackets + b.indicationPackets,
  };
}

export function mergeDtls(a: DtlsAnalysis, b: DtlsAnalysis): DtlsAnalysis {
  return {
    records: a.records + b.records,
    handshakes: [...a.handshakes, ...b.handshakes].sort((x, y) => (x.startTime < y.startTime ? -1 : 1)),
    handshakesLeftOut: a.handshakesLeftOut + b.handshakesLeftOut,
  };
}

export function mergeSip(a: SipAnalysis, b: SipAnalysis): SipAnalysis {
  return {
    messages: a.messages + b.messages,
    calls: byKey(
      [...a.calls, ...b.calls],
      ({ callId }) => callId,
      (x, y) => ({
        ...x,
        from: x.from ?? y.from,
        to: x.to ?? y.to,
        startTime: earlier(x.startTime, y.startTime) as string,
        answeredTime: earlier(x.answeredTime, y.answeredTime),
        endTime: later(x.endTime, y.endTime),
        finalStatus: y.finalStatus ?? x.finalStatus,
        media: y.media.length > 0 ? y.media : x.media,
      }),
    ),
  };
}
