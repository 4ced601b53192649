import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Datagram, FlowTable, PacketDecoder, walkCaptures } from '../../captures/index.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../captures/samples/${name}`, import.meta.url));

interface Counted {
  readonly kind: string;
  readonly ssrc: number;
  readonly rtxSsrc?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly packetsSent?: number;
  readonly retransmittedPacketsReceived?: number;
}

interface Truth {
  readonly droppedByRelay: Readonly<Record<string, readonly number[]>>;
  readonly callee: { readonly inbound: readonly Counted[]; readonly outbound: readonly Counted[] };
}

const truth: Truth = JSON.parse(readFileSync(sample('call.truth.json'), 'utf8'));

/** Sequence numbers of each SSRC as they stand in the capture, read here as plainly as can be. None of them wraps. */
const numbers = new Map<number, Set<number>>();

beforeAll(async () => {
  const sink = {
    datagram({ bytes, offset, capturedLength }: Datagram) {
      const packet = Buffer.from(bytes.buffer, bytes.byteOffset + offset, capturedLength);
      if (capturedLength < 12 || packet[0] >>> 6 !== 2 || (packet[1] >= 192 && packet[1] <= 223)) return;
      const ssrc = packet.readUInt32BE(8);
      numbers.set(ssrc, (numbers.get(ssrc) ?? new Set()).add(packet.readUInt16BE(2)));
    },
  };
  const decoder = new PacketDecoder(new FlowTable(), sink);
  await walkCaptures([sample('call.pcapng')], (cursor, _capture, interfaceNumber) =>
    decoder.packet(cursor, interfaceNumber),
  );
});

describe('the sample call and its truth', () => {
  it('lacks exactly what the relay dropped', () => {
    const missing: Record<string, number[]> = {};
    for (const [ssrc, seen] of numbers) {
      for (let number = Math.min(...seen); number <= Math.max(...seen); number++) {
        if (!seen.has(number)) (missing[ssrc] ??= []).push(number);
      }
    }
    expect(missing).toEqual(truth.droppedByRelay);
    expect(Object.values(missing).flat().length).toBeGreaterThan(20);
  });

  it('was counted by the browser as it is captured', () => {
    for (const { ssrc, rtxSsrc, packetsReceived, packetsLost, retransmittedPacketsReceived } of truth.callee.inbound) {
      const repaired = rtxSsrc === undefined ? 0 : retransmittedPacketsReceived;
      expect(packetsLost).toBe(truth.droppedByRelay[ssrc]?.length ?? 0);
      // What came by RTX counts as received too.
      expect(packetsReceived).toBe(numbers.get(ssrc)!.size + repaired!);
    }
    for (const { ssrc, packetsSent } of truth.callee.outbound) {
      expect(packetsSent).toBeGreaterThanOrEqual(numbers.get(ssrc)!.size);
    }
  });
});
