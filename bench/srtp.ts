import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SrtpFanOut } from '../cluster/srtp/srtp-fan-out.ts';
import type { SrtpProfile } from '../cluster/srtp/srtp-profile.ts';
import { SrtpSession } from '../cluster/srtp/srtp-session.ts';
import { printResult } from './result.ts';

/*
 * `npm run -s bench -- srtp [--json] [--packets N]`: CPU time to protect one 1150-byte packet for each of 30 receivers, and to open one,
 * without sockets.
 */
const RECEIVERS = 30;
const LENGTH = 1150;

const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

function sessions(profile: SrtpProfile): { one: SrtpSession; other: SrtpSession } {
  const salt = profile === 'SRTP_AEAD_AES_128_GCM' ? 12 : 14;
  const [localKey, remoteKey] = [randomBytes(16), randomBytes(16)];
  const [localSalt, remoteSalt] = [randomBytes(salt), randomBytes(salt)];
  return {
    one: new SrtpSession({ profile, localKey, localSalt, remoteKey, remoteSalt }),
    other: new SrtpSession({
      profile,
      localKey: remoteKey,
      localSalt: remoteSalt,
      remoteKey: localKey,
      remoteSalt: localSalt,
    }),
  };
}

function protectMicroseconds(profile: SrtpProfile, rounds: number): number {
  const fanOut = new SrtpFanOut<number>(() => {});
  const senders = Array.from({ length: RECEIVERS }, (_, index) => sessions(profile).one.sender(1000 + index));
  const packet = randomBytes(LENGTH);
  packet[0] = 0x80;
  const round = (sequence: number) => {
    packet.writeUInt16BE(sequence & 0xffff, 2);
    for (const [index, sender] of senders.entries()) {
      fanOut.packet.set(packet);
      fanOut.packet.writeUInt32BE(sender.ssrc, 8);
      fanOut.add(sender, 12, LENGTH, index);
    }
    fanOut.flush();
  };
  let sequence = 0;
  for (let warm = 0; warm < 500; warm++) round(sequence++);
  const begin = cpuMicroseconds();
  for (let count = 0; count < rounds; count++) round(sequence++);
  return (cpuMicroseconds() - begin) / rounds / RECEIVERS;
}

function openMicroseconds(profile: SrtpProfile, packets: number): number {
  const { one, other } = sessions(profile);
  let spent = 0;
  for (let sequence = 0; sequence < packets; sequence += 100) {
    const made = Array.from({ length: 100 }, (_, index) => {
      const packet = Buffer.alloc(LENGTH + 20, 1);
      packet[0] = 0x80;
      packet[1] = 96;
      packet.writeUInt16BE((sequence + index) & 0xffff, 2);
      return packet.subarray(0, one.protectRtp(packet, LENGTH));
    });
    const begin = cpuMicroseconds();
    for (const packet of made) {
      if (other.unprotectRtp(packet, packet.length) !== LENGTH) throw new Error('a packet does not open');
    }
    spent += cpuMicroseconds() - begin;
  }
  return spent / packets;
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, packets: { type: 'string', default: '300000' } },
  });
  const packets = Number(values.packets);
  const figures: Record<string, number> = {};
  for (const [name, profile] of [
    ['cm', 'SRTP_AES128_CM_HMAC_SHA1_80'],
    ['gcm', 'SRTP_AEAD_AES_128_GCM'],
  ] as const) {
    figures[`${name}ProtectMicroseconds`] = protectMicroseconds(profile, Math.ceil(packets / RECEIVERS));
    figures[`${name}OpenMicroseconds`] = openMicroseconds(profile, Math.ceil(packets / 10));
  }
  printResult({ name: 'srtp', figures, ratios: {} }, values.json);
}
