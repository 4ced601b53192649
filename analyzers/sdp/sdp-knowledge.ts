import { isPrivateIpAddress, isUnspecifiedIpAddress } from '../ip-address.ts';
import type { SdpDescription, SdpMedia, SdpPayload } from './sdp-description.ts';

/** What SDP says of the packets of one payload type in one stream. */
export interface PayloadDescription {
  /** As written in SDP: `opus`, `VP8`, `telephone-event`. */
  readonly codec: string;
  readonly clockRate: number | null;
  readonly channels: number;
  readonly kind: 'audio' | 'video' | 'rtx' | 'fec' | 'unknown';
  /** Kind of the `m=` section; for RTX and FEC what they repair. */
  readonly mediaKind: 'audio' | 'video' | 'unknown';
  readonly fmtp: string | null;
  /** The payload type that an RTX one repeats. */
  readonly associatedPayloadType: number | null;
  readonly packetTimeMs: number | null;
  /** Header extension URIs by local identifier. */
  readonly extensions: ReadonlyMap<number, string>;
  readonly encrypted: boolean;
  readonly mid: string | null;
  /** The SSRC that this one repairs, by `ssrc-group` FID or FEC-FR. */
  readonly repairsSsrc: number | null;
  /** What tied the description to the stream. */
  readonly match: SdpMatch;
}

export type SdpMatch = 'ssrc' | 'destination' | 'source' | 'server' | 'file' | 'port';

/** Where a description came from: signalling in the capture, or a file that the user handed over. */
export type SdpOrigin = 'capture' | 'file';

interface Section {
  readonly media: SdpMedia;
  readonly origin: SdpOrigin;
}

/** Bounds of the tables; what would go beyond is counted in `dropped`. */
const MOST_SECTIONS = 20_000;
const MOST_KEYS = 50_000;
const MOST_PER_KEY = 64;
/** RFC 8839, 4.2.1 and RFC 8829: the port written where ICE is to find one. */
const DISCARD_PORT = 9;

/**
 * All that session descriptions tell, and the answer to "what is payload type 111 here?". A receiver's description says
 * which types it accepts (RFC 3264, 5.1), so the destination's counts before the source's; an SSRC that a sender announced
 * counts before both. Where two descriptions contradict each other and nothing decides between them, the answer is null:
 * unknown is better than wrong.
 */
export class SdpKnowledge {
  readonly #byEndpoint = new Map<string, Section[]>();
  readonly #byPort = new Map<number, Section[]>();
  readonly #bySsrc = new Map<number, Section[]>();
  readonly #byUsernameFragment = new Map<string, Section[]>();
  /** By the address of the RTSP server that described what it sends. */
  readonly #byServer = new Map<string, Section[]>();
  /** Of files, where ICE or a placeholder leaves the address open: for every flow that nothing else describes. */
  readonly #anywhere: Section[] = [];
  readonly #repairs = new Map<number, number | null>();
  readonly #rtpPorts = new Set<string>();
  #sections = 0;
  /** Sections and table entries that found no room. */
  dropped = 0;

  /** True until a description is known: then nothing needs to be looked up. */
  get empty(): boolean {
    return this.#sections === 0;
  }

  /**
   * @param server address of who described its own sending without saying where to (RTSP: ports are agreed later, by SETUP).
   */
  add(description: SdpDescription, origin: SdpOrigin, server: string | null = null): void {
    const bundled = bundledEndpoints(description);
    for (const media of description.media) {
      if (!media.isRtp) continue;
      if (this.#sections >= MOST_SECTIONS) {
        this.dropped++;
        continue;
      }
      this.#sections++;
      const section: Section = { media, origin };
      for (const ssrc of media.ssrcs) this.#put(this.#bySsrc, ssrc, section);
      this.#noteRepairs(media);
      if (media.usernameFragment !== null) this.#put(this.#byUsernameFragment, media.usernameFragment, section);
      // A bundle's media share one transport: each of its endpoints may see all of its payload types.
      for (const { address, port } of bundled.get(media) ?? endpointsOf(media)) {
        this.#put(this.#byEndpoint, `${address} ${port}`, section);
        this.#put(this.#byPort, port, section);
      }
      for (const { address, port } of [...endpointsOf(media), { address: media.rtcpAddress, port: media.rtcpPort }]) {
        if (address !== null && isRealPort(port) && this.#rtpPorts.size < MOST_KEYS)
          this.#rtpPorts.add(`${address} ${port}`);
      }
      if (server !== null && !isBound(media)) this.#put(this.#byServer, server, section);
      if (origin === 'file' && (media.usernameFragment !== null || !isBound(media))) this.#anywhere.push(section);
    }
  }

  /**
   * Ties descriptions to addresses by ICE: the USERNAME of a check is `fragment of its receiver:fragment of its sender`
   * (RFC 8445, 7.2.2).
   */
  addConnectivityCheck(
    sourceAddress: string,
    sourcePort: number,
    destinationAddress: string,
    destinationPort: number,
    username: string,
  ): void {
    if (this.#byUsernameFragment.size === 0) return;
    const [receiver, sender] = username.split(':', 2);
    this.#bind(receiver, destinationAddress, destinationPort);
    this.#bind(sender, sourceAddress, sourcePort);
  }

  /** Whether some description announced this place for RTP or RTCP. */
  vouches(address: string, port: number): boolean {
    return this.#rtpPorts.has(`${address} ${port}`);
  }

  /** Addresses as {@link FlowTable} writes them. */
  lookup(
    sourceAddress: string,
    sourcePort: number,
    destinationAddress: string,
    destinationPort: number,
    ssrc: number,
    payloadType: number,
  ): PayloadDescription | null {
    if (this.#sections === 0) return null;
    const bySsrc = this.#bySsrc.get(ssrc) ?? [];
    const atDestination = this.#byEndpoint.get(`${destinationAddress} ${destinationPort}`) ?? [];
    const atSource = this.#byEndpoint.get(`${sourceAddress} ${sourcePort}`) ?? [];
    const byPort = (this.#byPort.get(destinationPort) ?? []).filter(mayHideBehindNat);
    const steps: readonly (readonly [SdpMatch, readonly Section[]])[] = [
      // The same SSRC in two calls: the one whose address fits.
      ['ssrc', bySsrc.filter((section) => atSource.includes(section))],
      ['ssrc', bySsrc],
      ['destination', atDestination],
      ['source', atSource],
      ['server', this.#byServer.get(sourceAddress) ?? []],
      ['file', this.#anywhere],
      ['port', byPort],
    ];
    for (const [match, sections] of steps) {
      const found = agreed(sections, payloadType);
      if (found === 'contradiction') return null;
      if (found !== null) return this.#describe(found.section, found.payload, ssrc, match);
    }
    return null;
  }

  /** The SSRC that `ssrc` repairs, by an `ssrc-group`; null where none says so. */
  repairedBy(ssrc: number): number | null {
    return this.#repairs.get(ssrc) ?? null;
  }

  #describe({ media }: Section, payload: SdpPayload, ssrc: number, match: SdpMatch): PayloadDescription {
    const mediaKind = media.kind === 'audio' || media.kind === 'video' ? media.kind : 'unknown';
    return {
      codec: payload.codec,
      clockRate: payload.clockRate,
      channels: payload.channels,
      kind: repairKind(payload.codec) ?? mediaKind,
      mediaKind,
      fmtp: payload.fmtp,
      associatedPayloadType: payload.associatedPayloadType,
      packetTimeMs: media.packetTimeMs,
      extensions: media.extensions,
      encrypted: media.encrypted,
      mid: media.mid,
      repairsSsrc: this.repairedBy(ssrc),
      match,
    };
  }

  #noteRepairs(media: SdpMedia): void {
    for (const { semantics, ssrcs } of media.ssrcGroups) {
      if (semantics !== 'FID' && semantics !== 'FEC-FR' && semantics !== 'FEC') continue;
      const [repaired, ...repairing] = ssrcs;
      for (const ssrc of repairing) {
        if (this.#repairs.size >= MOST_KEYS) return;
        const known = this.#repairs.get(ssrc);
        this.#repairs.set(ssrc, known === undefined || known === repaired ? repaired : null);
      }
    }
  }

  #bind(usernameFragment: string | undefined, address: string, port: number): void {
    const sections = usernameFragment === undefined ? undefined : this.#byUsernameFragment.get(usernameFragment);
    if (sections === undefined) return;
    const endpoint = `${address} ${port}`;
    const known = this.#byEndpoint.get(endpoint);
    if (this.#rtpPorts.size < MOST_KEYS) this.#rtpPorts.add(endpoint);
    for (const section of sections) if (!known?.includes(section)) this.#put(this.#byEndpoint, endpoint, section);
  }

  #put<Key>(table: Map<Key, Section[]>, key: Key, section: Section): void {
    const sections = table.get(key);
    if (sections === undefined) {
      if (table.size < MOST_KEYS) table.set(key, [section]);
      else this.dropped++;
    } else if (sections.includes(section)) {
      // Named twice by one description.
    } else if (sections.length < MOST_PER_KEY) {
      sections.push(section);
    } else this.dropped++;
  }
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** For each section of a bundle the places where the bundle may receive; sections outside of bundles are left out. */
function bundledEndpoints(description: SdpDescription): Map<SdpMedia, readonly Endpoint[]> {
  const bundled = new Map<SdpMedia, readonly Endpoint[]>();
  for (const mids of description.bundles) {
    const members = new Set(mids);
    const sections = description.media.filter(({ mid }) => mid !== null && members.has(mid));
    // Of a hundred sections the first names the bundle's address; those of the others count only until it is accepted.
    const endpoints = sections.slice(0, MOST_PER_KEY).flatMap(endpointsOf).slice(0, MOST_PER_KEY);
    for (const section of sections) bundled.set(section, endpoints);
  }
  return bundled;
}

function isRealPort(port: number): boolean {
  return port > 0 && port !== DISCARD_PORT;
}

function isBound(media: SdpMedia): boolean {
  return media.address !== null && isRealPort(media.port) && !isUnspecifiedIpAddress(media.address);
}

function endpointsOf(media: SdpMedia): Endpoint[] {
  const places = isBound(media) ? [{ address: media.address as string, port: media.port }] : [];
  for (const { address, port } of media.candidates) {
    if (isRealPort(port) && !isUnspecifiedIpAddress(address)) places.push({ address, port });
  }
  return places;
}

function mayHideBehindNat({ media }: Section): boolean {
  return media.address !== null && isPrivateIpAddress(media.address);
}

/** What the sections say of a payload type where they all say the same; those that do not know it have no say. */
function agreed(
  sections: readonly Section[],
  payloadType: number,
): { section: Section; payload: SdpPayload } | 'contradiction' | null {
  let found: { section: Section; payload: SdpPayload } | null = null;
  for (const section of sections) {
    const payload = section.media.payloads.get(payloadType);
    if (payload === undefined) continue;
    if (found === null) found = { section, payload };
    else if (
      found.payload.codec.toLowerCase() !== payload.codec.toLowerCase() ||
      found.payload.clockRate !== payload.clockRate
    ) {
      return 'contradiction';
    } else if (section.media.direction !== 'inactive') found = { section, payload };
  }
  return found;
}

function repairKind(codec: string): 'rtx' | 'fec' | null {
  const name = codec.toLowerCase();
  if (name === 'rtx') return 'rtx';
  return name === 'ulpfec' || name === 'parityfec' || name.startsWith('flexfec') ? 'fec' : null;
}
