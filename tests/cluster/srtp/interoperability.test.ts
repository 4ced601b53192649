import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RtpPacket, SrtcpSession as WeriftSrtcp, SrtpSession as WeriftSrtp } from 'werift';
import { SRTP_REFUSAL } from '../../../cluster/srtp/refusal.ts';
import type { SrtpProfile } from '../../../cluster/srtp/srtp-profile.ts';
import { SrtpSession } from '../../../cluster/srtp/srtp-session.ts';
import { keysOf, PROFILES, rtp, turned } from './packets.ts';

const REPORT = Buffer.from('81c9000700000011aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff', 'hex');

const protect = (session: SrtpSession, plain: Buffer, kind: 'rtp' | 'rtcp' = 'rtp'): Buffer => {
  const buffer = Buffer.alloc(plain.length + 20);
  plain.copy(buffer);
  const length = kind === 'rtp' ? session.protectRtp(buffer, plain.length) : session.protectRtcp(buffer, plain.length);
  return buffer.subarray(0, length);
};
const open = (session: SrtpSession, sealed: Buffer, kind: 'rtp' | 'rtcp' = 'rtp'): string | number => {
  const copy = Buffer.from(sealed);
  const length = kind === 'rtp' ? session.unprotectRtp(copy, copy.length) : session.unprotectRtcp(copy, copy.length);
  return length < 0 ? length : copy.subarray(0, length).toString('hex');
};

/** Numbers across the wrap, with a gap of 304 packets in it, some late and with header extensions of several lengths. */
const PACKETS = [...Array(200).keys(), ...Array.from({ length: 300 }, (_, i) => 504 + i), 503, 400, 450].map((step) => {
  const number = (65_300 + step) & 0xffff;
  const packet = rtp(number, 0xfeedbeef, 40 + ((step * 37) % 1100)).plain;
  if (step % 3 === 0) {
    packet[0] |= 0x10;
    packet.writeUInt32BE(0xbede0000 + (step % 4), 12);
  }
  return packet;
});

describe.skipIf(!existsSync('/usr/include/srtp2/srtp.h'))('libsrtp', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-libsrtp-'));
  const program = join(folder, 'peer');
  beforeAll(() => {
    execFileSync('cc', ['-O1', '-o', program, 'tests/cluster/srtp/libsrtp-peer.c', '-lsrtp2']);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const peer = (profile: SrtpProfile, lines: readonly string[]): string[] => {
    const keys = turned(keysOf(profile, 3));
    const joined = (key: Uint8Array, salt: Uint8Array) => Buffer.concat([key, salt]).toString('hex');
    const name = profile === 'SRTP_AEAD_AES_128_GCM' ? 'gcm' : 'cm';
    const local = joined(keys.localKey, keys.localSalt);
    const remote = joined(keys.remoteKey, keys.remoteSalt);
    const input = `${lines.join('\n')}\n`;
    return execFileSync(program, [name, local, remote], { input, encoding: 'utf8' }).trim().split('\n');
  };

  it.each(PROFILES)('reads what is protected here: %s', (profile) => {
    const session = new SrtpSession(keysOf(profile, 3));
    const sealed = PACKETS.map((packet) => `u ${protect(session, packet).toString('hex')}`);
    const reports = [1, 2, 3].map(() => `U ${protect(session, REPORT, 'rtcp').toString('hex')}`);
    const got = peer(profile, [...sealed, ...reports]);
    expect(got).toEqual([...PACKETS, REPORT, REPORT, REPORT].map((plain) => plain.toString('hex')));
  });

  it.each(PROFILES)('is read here: %s', (profile) => {
    const session = new SrtpSession(keysOf(profile, 3));
    const plain = [...PACKETS.map((packet) => `p ${packet.toString('hex')}`), `P ${REPORT.toString('hex')}`];
    const sealed = peer(profile, plain).map((line) => Buffer.from(line, 'hex'));
    const report = sealed.pop()!;
    expect(sealed.map((packet) => open(session, packet))).toEqual(PACKETS.map((packet) => packet.toString('hex')));
    expect(open(session, report, 'rtcp')).toBe(REPORT.toString('hex'));
    for (const packet of sealed.slice(-300)) expect(open(session, packet)).toBe(SRTP_REFUSAL.REPLAY);
  });
});

describe('werift', () => {
  const sessions = (profile: SrtpProfile) => {
    const keys = turned(keysOf(profile, 4));
    const config = {
      keys: {
        localMasterKey: Buffer.from(keys.localKey),
        localMasterSalt: Buffer.from(keys.localSalt),
        remoteMasterKey: Buffer.from(keys.remoteKey),
        remoteMasterSalt: Buffer.from(keys.remoteSalt),
      },
      profile: profile === 'SRTP_AEAD_AES_128_GCM' ? 0x0007 : 0x0001,
    } as const;
    return { rtp: new WeriftSrtp(config), rtcp: new WeriftSrtcp(config), session: new SrtpSession(keysOf(profile, 4)) };
  };
  const consecutive = PACKETS.slice(0, 200).map((packet) => {
    const plain = Buffer.from(packet);
    plain[0] &= ~0x10;
    return plain;
  });

  it.each(PROFILES)('and this project read each other: %s', (profile) => {
    const peer = sessions(profile);
    for (const plain of consecutive) {
      expect(peer.rtp.decrypt(protect(peer.session, plain)).toString('hex')).toBe(plain.toString('hex'));
      const { payload, header } = RtpPacket.deSerialize(plain);
      expect(open(peer.session, peer.rtp.encrypt(payload, header))).toBe(plain.toString('hex'));
    }
    expect(peer.rtcp.decrypt(protect(peer.session, REPORT, 'rtcp')).toString('hex')).toBe(REPORT.toString('hex'));
    expect(open(peer.session, peer.rtcp.encrypt(REPORT), 'rtcp')).toBe(REPORT.toString('hex'));
  });
});
