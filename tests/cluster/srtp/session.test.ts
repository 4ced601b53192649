import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateIndex } from '../../../cluster/srtp/packet-index.ts';
import {
  bytes,
  clearLanes,
  digestAt,
  digestLanes,
  hmacState,
  placeAt,
  setLane,
} from '../../../cluster/srtp/packet-memory.ts';
import { SRTP_REFUSAL, srtpRefusalName } from '../../../cluster/srtp/refusal.ts';
import { ReplayWindow } from '../../../cluster/srtp/replay-window.ts';
import { SrtpFanOut } from '../../../cluster/srtp/srtp-fan-out.ts';
import { SrtpSession } from '../../../cluster/srtp/srtp-session.ts';
import { both, keysOf, PROFILES, rtp } from './packets.ts';

describe('index and replay window', () => {
  it('estimates indices across the wrap as appendix A does', () => {
    expect(estimateIndex(-1, 65535)).toBe(65535);
    expect(estimateIndex(65535, 0)).toBe(65536);
    expect(estimateIndex(65536, 65535)).toBe(65535);
    expect(estimateIndex(65400, 170)).toBe(65536 + 170);
    expect(estimateIndex(5, 65000)).toBe(65000);
    expect(estimateIndex(65536 * 9 + 40000, 100)).toBe(65536 * 10 + 100);
  });

  it('takes every index once, as a set does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 400 }), (indices) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        for (const index of indices) {
          const fresh = !seen.has(index) && index > highest - 1024;
          expect(window.isFresh(index)).toBe(fresh);
          if (!fresh) continue;
          window.add(index);
          seen.add(index);
          highest = Math.max(highest, index);
        }
      }),
    );
  });
});

describe('HMAC in four lanes', () => {
  it('agrees with node:crypto for messages of any lengths side by side', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 1900 }), { minLength: 1, maxLength: 4 }), (messages) => {
        const keys = messages.map((_, i) => Buffer.alloc(20, i + 1));
        const states = keys.map((key) => hmacState(key));
        for (const [lane, message] of messages.entries()) {
          bytes.set(message, placeAt(lane));
          setLane(lane, states[lane], placeAt(lane), message.length);
        }
        clearLanes(messages.length);
        digestLanes();
        for (const [lane, message] of messages.entries()) {
          const want = createHmac('sha1', keys[lane]).update(message).digest();
          expect(Buffer.from(bytes.slice(digestAt(lane), digestAt(lane) + 20))).toEqual(want);
        }
      }),
    );
  });
});

const protectReport = (session: SrtpSession) => {
  const report = Buffer.alloc(60);
  report.set([0x80, 201, 0, 6]);
  session.protectRtcp(report, 28);
};

describe.each(PROFILES)('%s', (profile) => {
  it('brings packets across a wrap with a gap, late ones too, each once', () => {
    const [sender, receiver] = both(profile);
    const sealed = new Map<number, Buffer>();
    for (let number = 65000; number < 66400; number++) {
      const packet = rtp(number & 0xffff, 0x1234, 50 + (number % 90));
      const length = sender.protectRtp(packet.buffer, packet.length);
      expect(length).toBeGreaterThan(packet.length);
      sealed.set(number, packet.buffer.subarray(0, length));
    }
    const open = (number: number) => {
      const copy = Buffer.from(sealed.get(number)!);
      const length = receiver.unprotectRtp(copy, copy.length);
      if (length >= 0) expect(copy.subarray(0, length)).toEqual(rtp(number & 0xffff, 0x1234, 50 + (number % 90)).plain);
      return length;
    };
    for (let number = 65000; number < 65400; number++) expect(open(number)).toBeGreaterThan(0);
    // 304 packets are lost around the wrap; the stream goes on.
    for (let number = 65704; number < 66400; number++) expect(open(number)).toBeGreaterThan(0);
    expect(open(65703)).toBeGreaterThan(0);
    for (const number of [65704, 66399, 65703]) expect(open(number)).toBe(SRTP_REFUSAL.REPLAY);
    expect(open(65200)).toBe(SRTP_REFUSAL.REPLAY);
  });

  it('refuses every changed byte and every shortened packet, and leaves the buffer as it was', () => {
    const [sender, receiver] = both(profile);
    const packet = rtp(7, 99, 64);
    const length = sender.protectRtp(packet.buffer, packet.length);
    const sealed = packet.buffer.subarray(0, length);
    for (let at = 0; at < length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] ^= 1;
      const before = Buffer.from(changed);
      expect(receiver.unprotectRtp(changed, changed.length)).toBeLessThan(0);
      expect(changed).toEqual(before);
    }
    for (let short = 0; short < length; short++)
      expect(receiver.unprotectRtp(Buffer.from(sealed), short)).toBeLessThan(0);
    expect(receiver.unprotectRtp(Buffer.from(sealed), length)).toBe(packet.length);
  });

  it('does the same for RTCP', () => {
    const [sender, receiver] = both(profile);
    const plain = Buffer.from('81c9000700000011aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff', 'hex');
    const buffer = Buffer.alloc(100);
    plain.copy(buffer);
    const length = sender.protectRtcp(buffer, plain.length);
    const sealed = Buffer.from(buffer.subarray(0, length));
    for (let at = 0; at < length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] ^= 0x80;
      expect(receiver.unprotectRtcp(changed, changed.length)).toBeLessThan(0);
    }
    const copy = Buffer.from(sealed);
    expect(receiver.unprotectRtcp(copy, length)).toBe(plain.length);
    expect(copy.subarray(0, plain.length)).toEqual(plain);
    expect(receiver.unprotectRtcp(Buffer.from(sealed), length)).toBe(SRTP_REFUSAL.REPLAY);
  });

  it('never throws on made-up datagrams', () => {
    const [, receiver] = both(profile);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2100 }), fc.boolean(), (datagram, plausible) => {
        if (plausible && datagram.length > 1) datagram[0] = 0x80 | (datagram[0] & 0x3f);
        expect(srtpRefusalName(receiver.unprotectRtp(datagram, datagram.length))).not.toBe('unknown');
        expect(srtpRefusalName(receiver.unprotectRtcp(datagram, datagram.length))).not.toBe('unknown');
      }),
      { numRuns: 500 },
    );
  });

  it('protects for many receivers at once as it does one by one', () => {
    const receivers = Array.from({ length: 7 }, (_, i) => ({
      pair: both(profile, i + 1),
      alone: both(profile, i + 1)[0],
    }));
    const got: Buffer[] = [];
    const fanOut = new SrtpFanOut<number>((receiver, packet, length) => {
      expect(receiver).toBe(got.length % 7);
      got.push(Buffer.from(packet.subarray(0, length)));
    });
    const senders = receivers.map(({ pair }, i) => pair[0].sender(0x700 + i));
    for (let number = 0; number < 40; number++) {
      const source = rtp(number, 1, 33 + ((number * 91) % 1100)).plain;
      for (let i = 0; i < 7; i++) {
        const { packet } = fanOut;
        rtp((65520 + number) & 0xffff, 0x700 + i, 0).plain.copy(packet, 0, 0, 12);
        source.copy(packet, 12, 12);
        fanOut.add(senders[i], 12, source.length, i);
        // What else is protected meanwhile does not disturb those that wait.
        if (i === 2) protectReport(receivers[0].pair[1]);
      }
      fanOut.flush();
      for (let i = 0; i < 7; i++) {
        const sealed = got[number * 7 + i];
        const alone = Buffer.alloc(sealed.length + 20);
        rtp((65520 + number) & 0xffff, 0x700 + i, 0).plain.copy(alone, 0, 0, 12);
        source.copy(alone, 12, 12);
        const length = receivers[i].alone.protectRtp(alone, source.length);
        expect(sealed).toEqual(alone.subarray(0, length));
        expect(receivers[i].pair[1].unprotectRtp(sealed, sealed.length)).toBe(source.length);
      }
    }
    expect(got).toHaveLength(280);
  });

  it('keeps places out of use while a socket reads from them', () => {
    const [sender] = both(profile);
    const places = new Set<Buffer>();
    const fanOut = new SrtpFanOut<null>((_, packet) => places.add(packet));
    const send = (count: number) => {
      for (let i = 0; i < count; i++) {
        rtp(i, 5, 20).plain.copy(fanOut.packet);
        fanOut.add(sender.sender(5), 12, 32, null);
        fanOut.flush();
      }
    };
    send(1);
    const [kept] = places;
    expect(fanOut.hold(kept)).toBe(true);
    places.clear();
    send(200);
    expect(places.has(kept)).toBe(false);
    // However many are held, some remain.
    for (const packet of places) fanOut.hold(packet);
    expect(fanOut.mayHold).toBe(false);
    send(200);
    fanOut.release();
    send(64);
    expect(places.has(kept)).toBe(true);
  });
});

it('refuses keys of the wrong length', () => {
  const keys = { ...keysOf('SRTP_AEAD_AES_128_GCM', 1), profile: 'SRTP_AES128_CM_HMAC_SHA1_80' as const };
  expect(() => new SrtpSession(keys)).toThrow(RangeError);
});
