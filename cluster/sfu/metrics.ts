import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { DELAY_BOUNDS_S } from './forwarding/delay-histogram.ts';
import { forwarded, forwardingDelay } from './forwarding/forwarder.ts';
import { dataCounts } from './room/participant-data.ts';
import { counts } from './room/participant-media.ts';
import type { Sfu } from './sfu.ts';

/** The SFU's figures for Prometheus. */
export function createMetrics(sfu: Sfu): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `rtcscope_sfu_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `rtcscope_sfu_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge('participants', 'Participants joined', () => sfu.participantCount);
  gauge('rooms', 'Rooms with somebody in them', () => sfu.roomCount);
  gauge('capacity_used', 'Part of the capacity in use, 0 to 1', () => sfu.capacity.used);
  gauge('packets_per_second', 'Packets forwarded a second, over the last second', () => sfu.capacity.packetsPerSecond);
  gauge('joins_per_second', 'Participants who joined, over the last second', () => sfu.capacity.joinsPerSecond);
  gauge('overloaded', '1 while overloaded', () => (sfu.state === 'overloaded' ? 1 : 0));
  counter('joins_total', 'Participants who joined', () => sfu.counts.joins);
  counter('leaves_total', 'Participants who left, for whatever reason', () => sfu.counts.left);
  counter('refused_offers_total', 'Offers refused', () => sfu.counts.refusals);
  counter('handshake_failures_total', 'DTLS handshakes that failed', () => sfu.counts.handshakeFailures);
  counter('received_packets_total', 'Datagrams received on the media ports', () => sfu.demultiplexer.received);
  counter('received_bytes_total', 'Bytes of those', () => sfu.demultiplexer.receivedBytes);
  counter('unread_packets_total', 'Datagrams that came while the buffer of the media port was full', () => sfu.unread);
  counter('stray_packets_total', 'Datagrams that belong to nobody', () => sfu.strays);
  counter('forwarded_packets_total', 'RTP packets sent to subscribers', () => forwarded.packets);
  counter('forwarded_bits_total', 'Bits of those, without SRTP and below', () => forwarded.bytes * 8);
  counter('dropped_packets_total', 'Packets not sent as the kernel was behind', () => sfu.dropped);
  counter('nacked_packets_total', 'Packets that subscribers asked for again', () => counts.nacksReceived);
  counter('retransmitted_packets_total', 'Packets sent again', () => counts.retransmitted);
  counter('nacks_sent_total', 'Packets asked of publishers again', () => counts.nacksSent);
  counter('key_frames_asked_total', 'Key frames asked of publishers', () => counts.keyFramesAsked);
  gauge('lost_packets', 'Packets of publishers that are missing, streams of now', () => lostPackets(sfu));
  counter('data_messages_total', 'Messages on data channels handed on', () => dataCounts.messages);
  counter('refused_data_messages_total', 'Of those refused: malformed, too large, too many', () => dataCounts.refused);
  gauge('relays', 'Rooms carried together with another SFU', () => sfu.relays.all.length);
  gauge('relay_lost_packets', 'Packets of other SFUs that are missing, streams of now', () => sfu.relays.lost);
  counter('broken_relays_total', 'Relays that ended before their room did', () => sfu.relays.broken);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  gauge('event_loop_delay_p99_seconds', 'How late the event loop was, since the last scrape', () => {
    const seconds = Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1e9 : 0;
    delay.reset();
    return seconds;
  });
  registry.registerMetric(delayMetric() as unknown as Metric);
  return registry;
}

function lostPackets(sfu: Sfu): number {
  let lost = 0;
  for (const room of sfu.rooms.values()) {
    for (const { media } of room.participants.values())
      for (const { reception } of media.incoming) lost += reception.lost;
  }
  return lost;
}

/** A histogram that is counted elsewhere, as prom-client's own allocates at each observation. */
function delayMetric() {
  const name = 'rtcscope_sfu_forwarding_delay_seconds';
  const help = 'From the arrival of a packet at the process to its last copy at the kernel';
  return {
    name,
    help,
    type: 'histogram',
    reset() {},
    get() {
      let sum = 0;
      const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
      DELAY_BOUNDS_S.forEach((bound, index) => {
        sum += forwardingDelay.counts[index];
        values.push({ metricName: `${name}_bucket`, labels: { le: bound }, value: sum });
      });
      values.push({ metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: forwardingDelay.count });
      values.push({ metricName: `${name}_sum`, labels: {}, value: forwardingDelay.sumSeconds });
      values.push({ metricName: `${name}_count`, labels: {}, value: forwardingDelay.count });
      return { name, help, type: 'histogram', values, aggregator: 'sum' };
    },
  };
}
