import { type Datagram, type FlowTable, Transport } from '../../captures/index.ts';
import type { TurnAnalysis } from '../analysis.ts';
import { FlowPairColumn } from '../flow-pair-column.ts';
import { decodeStunMessage, type StunMessage } from '../ice/stun-message.ts';
import { isDataOrSend, SEND_INDICATION, StunMethod } from '../ice/stun-type.ts';
import { RecentMap } from '../recent-map.ts';
import type { TimeText } from '../time-text.ts';
import { Allocation } from './allocation.ts';
import { isTurnMethod, type TurnRequest, turnRequest, turnResponse } from './allocation-exchange.ts';
import {
  CHANNEL_DATA_HEADER_BYTES,
  channelDataLength,
  isChannelByte,
  isPlausibleChannelContent,
} from './channel-data.ts';
import { RelayedFlows } from './relayed-flows.ts';
import { TurnIndication } from './turn-indication.ts';

const MOST_ALLOCATIONS = 10_000;
/** Requests that wait for a response, in each of two generations. */
const MOST_REQUESTS = 16_384;

/** Follows TURN (RFC 8656): the allocations, and what they relay. */
export class TurnObserver {
  readonly #flows: FlowTable;
  readonly #allocations: Allocation[] = [];
  /** The allocation of each pair of flows between a client and its server. */
  readonly #allocationOf: FlowPairColumn;
  readonly #requests = new RecentMap<TurnRequest>(MOST_REQUESTS);
  readonly #relayed: RelayedFlows;
  readonly #indication = new TurnIndication();
  #channelDataPackets = 0;
  #indicationPackets = 0;
  #leftOut = 0;

  constructor(flows: FlowTable) {
    this.#flows = flows;
    this.#allocationOf = new FlowPairColumn(flows);
    this.#relayed = new RelayedFlows(flows);
  }

  /**
   * Takes what a Send or Data indication or ChannelData carries out of it.
   *
   * @param into filled with the inner datagram and its flow, which has the relayed peer; its bytes are those of `datagram`.
   * @returns false where the datagram is neither; `into` is then undefined.
   */
  unwrap(datagram: Datagram, into: Datagram): boolean {
    if (datagram.capturedLength < CHANNEL_DATA_HEADER_BYTES) return false;
    if (datagram.transport !== Transport.udp && datagram.transport !== Transport.tcp) return false;
    return isChannelByte(datagram.bytes[datagram.offset])
      ? this.#channelData(datagram, into)
      : this.#dataIndication(datagram, into);
  }

  /** Takes any STUN message; those that are not TURN's, and indications, are passed over. */
  message(datagram: Datagram): void {
    const { bytes, offset, flow } = datagram;
    if (isDataOrSend(bytes, offset)) return;
    const message = decodeStunMessage(bytes, offset, datagram.length, datagram.capturedLength);
    if (typeof message === 'string' || !isTurnMethod(message.method) || message.class === 'indication') return;
    const allocation = this.#allocation(flow, message.class === 'request');
    if (allocation === null) return;
    const key = `${this.#allocationOf.get(flow)}:${message.transactionId}`;
    if (message.class === 'request') this.#request(datagram, allocation, message, key);
    else this.#response(datagram, allocation, message, key);
  }

  report(timeText: TimeText): TurnAnalysis {
    return {
      allocations: this.#allocations.map((allocation) => allocation.report(this.#flows, timeText)),
      allocationsLeftOut: this.#leftOut,
      channelDataPackets: this.#channelDataPackets,
      indicationPackets: this.#indicationPackets,
    };
  }

  #channelData(datagram: Datagram, into: Datagram): boolean {
    const { bytes, offset, flow } = datagram;
    const length = channelDataLength(bytes, offset, datagram.length);
    if (length < 0) return false;
    const start = offset + CHANNEL_DATA_HEADER_BYTES;
    const capturedLength = Math.min(length, datagram.capturedLength - CHANNEL_DATA_HEADER_BYTES);
    const number = this.#allocationOf.get(flow);
    if (number < 0 && !isPlausibleChannelContent(bytes, start, length, capturedLength)) return false;
    const channel = (bytes[offset] << 8) | bytes[offset + 1];
    const channels = number < 0 ? null : this.#allocations[number].channels;
    this.#channelDataPackets++;
    fill(into, datagram, this.#relayed.ofChannel(datagram, channel, channels), start, length, capturedLength);
    return true;
  }

  #dataIndication(datagram: Datagram, into: Datagram): boolean {
    const { bytes, offset, flow } = datagram;
    const found = this.#indication;
    if (!found.decode(bytes, offset, datagram.length, datagram.capturedLength)) return false;
    const relayed = this.#relayed.ofPeer(datagram, found.peerOffset, found.peerLength);
    if (relayed < 0) return false;
    this.#indicationPackets++;
    if (this.#allocationOf.get(flow) < 0) this.#allocation(flow, bytes[offset + 1] === SEND_INDICATION);
    fill(into, datagram, relayed, found.dataOffset, found.dataLength, found.dataCapturedLength);
    return true;
  }

  #request(datagram: Datagram, allocation: Allocation, message: StunMessage, key: string): void {
    if (this.#requests.get(key) !== undefined) return;
    const request = turnRequest(message);
    this.#requests.set(key, request);
    if (message.method === StunMethod.allocate) allocation.requested(timeOf(datagram));
    // Data may follow the request before the capture sees a response, or where it sees one direction only.
    if (request.channel !== null && request.channelPeer !== null) {
      const before = allocation.channels.get(request.channel);
      request.bindsAnew = before === undefined;
      allocation.bind(request.channel, request.channelPeer);
      if (before !== undefined && before !== request.channelPeer) this.#relayed.rebound(datagram.flow, request.channel);
    }
  }

  #response(datagram: Datagram, allocation: Allocation, message: StunMessage, key: string): void {
    const request = this.#requests.get(key) ?? null;
    if (request?.answered) return;
    if (request !== null) request.answered = true;
    turnResponse(allocation, request, message, timeOf(datagram));
    if (message.class === 'error' && request !== null && request.bindsAnew && request.channel !== null) {
      allocation.channels.delete(request.channel);
    }
  }

  /** The allocation on a flow's 5-tuple, begun where there is none. */
  #allocation(flow: number, flowIsClient: boolean): Allocation | null {
    const number = this.#allocationOf.get(flow);
    if (number >= 0) return this.#allocations[number];
    if (this.#allocations.length >= MOST_ALLOCATIONS) {
      this.#leftOut++;
      return null;
    }
    this.#flows.hold(flow);
    const allocation = new Allocation(flow, flowIsClient);
    this.#allocationOf.set(flow, this.#allocations.push(allocation) - 1);
    return allocation;
  }
}

function fill(
  into: Datagram,
  from: Datagram,
  flow: number,
  offset: number,
  length: number,
  capturedLength: number,
): void {
  into.bytes = from.bytes;
  into.offset = offset;
  into.length = length;
  into.capturedLength = capturedLength;
  into.flow = flow;
  into.transport = from.transport === Transport.tcp ? Transport.turnTcp : Transport.turnUdp;
  into.seconds = from.seconds;
  into.nanoseconds = from.nanoseconds;
  into.arrivalNs = from.arrivalNs;
  into.interfaceIndex = from.interfaceIndex;
  into.observationPoint = from.observationPoint;
}

function timeOf(datagram: Datagram) {
  return { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds };
}
