import { Transport } from '../../captures/index.ts';
import type { Field } from './field.ts';
import { addresses, ports } from './flow-fields.ts';
import { absoluteTime, epochTime, isoTime, relativeTime, rtpNumber } from './packet-fields.ts';
import { type Condition, type FilterProtocol, oncePerFlow, Verdict } from './subject.ts';

/** Fields by their Wireshark names; `addr`, `port` and their kin stand for either family or transport. */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries({
    'ip.addr': addresses('both'),
    'ip.src': addresses('source'),
    'ip.dst': addresses('destination'),
    'ipv6.addr': addresses('both'),
    'ipv6.src': addresses('source'),
    'ipv6.dst': addresses('destination'),
    addr: addresses('both'),
    src: addresses('source'),
    dst: addresses('destination'),
    'udp.port': ports('udp', 'both'),
    'udp.srcport': ports('udp', 'source'),
    'udp.dstport': ports('udp', 'destination'),
    'tcp.port': ports('tcp', 'both'),
    'tcp.srcport': ports('tcp', 'source'),
    'tcp.dstport': ports('tcp', 'destination'),
    port: ports('any', 'both'),
    srcport: ports('any', 'source'),
    dstport: ports('any', 'destination'),
    'rtp.ssrc': rtpNumber(0xffffffff, ({ ssrc }) => ssrc),
    'rtp.p_type': rtpNumber(127, ({ payloadType }) => payloadType),
    'frame.time': absoluteTime(isoTime),
    'frame.time_epoch': absoluteTime(epochTime),
    'frame.time_relative': relativeTime(),
  }),
);

function isProtocol(protocol: FilterProtocol): Condition {
  return (subject) => {
    if (subject.protocol === null) return Verdict.depends;
    return subject.protocol === protocol ? Verdict.yes : Verdict.no;
  };
}

function hasTransport(...transports: readonly number[]): Condition {
  return oncePerFlow((flows, flow) => transports.includes(flows.transport(flow)));
}

/** Conditions that stand alone, without a comparison. */
export const PROTOCOLS: ReadonlyMap<string, Condition> = new Map(
  Object.entries({
    rtp: isProtocol('rtp'),
    rtcp: isProtocol('rtcp'),
    stun: isProtocol('stun'),
    dtls: isProtocol('dtls'),
    sip: isProtocol('sip'),
    udp: hasTransport(Transport.udp, Transport.turnUdp),
    tcp: hasTransport(Transport.tcp, Transport.turnTcp),
    turn: hasTransport(Transport.turnUdp, Transport.turnTcp),
    ip: oncePerFlow((flows, flow) => !flows.isIpv6(flow)),
    ipv6: oncePerFlow((flows, flow) => flows.isIpv6(flow)),
  }),
);
