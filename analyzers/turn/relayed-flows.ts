import { type Datagram, type FlowTable, Transport } from '../../captures/index.ts';
import { decodeXorStunAddress, stunEndpoint } from '../ice/stun-address.ts';
import { ChannelFlows } from './channel-flows.ts';

/** Peers beyond this share one name: the flow table keeps every name for good. */
const MOST_PEERS = 1 << 16;
const MANY_PEERS = 'many peers';
/** Flows whose last peer is remembered; on others it is read anew each time. */
const MOST_LAST_PEERS = 1 << 14;

const IPV4_PEER_BYTES = 8;

/** The last IPv4 peer of indications on a flow, as its bytes on the wire, and the relayed flow to it. */
interface LastPeer {
  readonly bytes: Uint8Array;
  relayed: number;
}

/** Finds the flow of what a TURN message carries; what repeats is found without an allocation. */
export class RelayedFlows {
  readonly #flows: FlowTable;
  readonly #channels: ChannelFlows;
  readonly #lastPeers = new Map<number, LastPeer>();
  readonly #peers = new Set<string>();

  constructor(flows: FlowTable) {
    this.#flows = flows;
    this.#channels = new ChannelFlows(flows);
  }

  /** @param channels of the allocation on this flow, null where none was seen: the peer is then named by the channel. */
  ofChannel(datagram: Datagram, channel: number, channels: ReadonlyMap<number, string> | null): number {
    const known = this.#channels.get(datagram.flow, channel);
    if (known >= 0) return known;
    const relayed = this.#intern(datagram, channels?.get(channel) ?? `channel 0x${channel.toString(16)}`);
    this.#channels.set(datagram.flow, channel, relayed);
    return relayed;
  }

  /** A channel now leads to another peer, in both directions. */
  rebound(flow: number, channel: number): void {
    this.#channels.forget(flow, channel);
    const reverse = this.#flows.reverseOf(flow);
    if (reverse >= 0) this.#channels.forget(reverse, channel);
  }

  /** @param peerAt where the value of XOR-PEER-ADDRESS begins. @returns -1 where it is no address. */
  ofPeer(datagram: Datagram, peerAt: number, peerLength: number): number {
    const { bytes, flow } = datagram;
    const last = this.#lastPeers.get(flow);
    if (last !== undefined && peerLength === IPV4_PEER_BYTES && isSame(last.bytes, bytes, peerAt)) {
      return last.relayed;
    }
    // An IPv6 address is XORed with the transaction id, hence has other bytes each time: it is read anew.
    const value = bytes.subarray(peerAt, peerAt + peerLength);
    const peer = stunEndpoint(decodeXorStunAddress(value, hexOf(bytes, datagram.offset + 8, 12)));
    if (peer === null) return -1;
    const relayed = this.#intern(datagram, peer);
    if (peerLength === IPV4_PEER_BYTES) this.#remember(flow, last, value, relayed);
    return relayed;
  }

  #remember(flow: number, last: LastPeer | undefined, value: Uint8Array, relayed: number): void {
    const flows = this.#flows;
    if (last !== undefined) {
      flows.hold(relayed);
      flows.letGo(last.relayed);
      last.bytes.set(value);
      last.relayed = relayed;
    } else if (this.#lastPeers.size < MOST_LAST_PEERS) {
      flows.hold(flow);
      flows.hold(relayed);
      this.#lastPeers.set(flow, { bytes: new Uint8Array(value), relayed });
    }
  }

  #intern(datagram: Datagram, peer: string): number {
    if (!this.#peers.has(peer)) {
      if (this.#peers.size >= MOST_PEERS) peer = MANY_PEERS;
      else this.#peers.add(peer);
    }
    const transport = datagram.transport === Transport.tcp ? Transport.turnTcp : Transport.turnUdp;
    return this.#flows.internRelayed(datagram.flow, peer, transport);
  }
}

function isSame(kept: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < IPV4_PEER_BYTES; index++) if (kept[index] !== bytes[at + index]) return false;
  return true;
}

function hexOf(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let index = at; index < at + length; index++) text += bytes[index].toString(16).padStart(2, '0');
  return text;
}
