import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkCaptureFilter } from '../../../captures/capturing/capture-filter.ts';

const missing = spawnSync('tcpdump', ['--version']).error === undefined ? '' : ' (SKIPPED: no tcpdump)';

function complaint(filter: string): string | null {
  try {
    checkCaptureFilter(filter);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe(`a capture filter${missing}`, () => {
  it.skipIf(missing)('passes where it is right', () => {
    for (const filter of [
      '',
      'udp',
      'udp port 5004 and host 10.0.0.7',
      'udp portrange 10000-20000 or (tcp and port 443)',
      'ip[6:2] & 0x1fff = 0',
      'not (arp or icmp6)',
      'ether host 00:11:22:33:44:55',
      'net 10.0.0.0/8 && len >= 100',
    ]) {
      expect([filter, complaint(filter)]).toEqual([filter, null]);
    }
  });

  it.skipIf(missing)('is refused with the place of what is wrong', () => {
    expect(complaint('udp prot 5004')).toBe('--filter: syntax error, at character 5 ("prot")');
    expect(complaint('udp port 5004 and tcp)')).toBe('--filter: syntax error, at character 22 (")")');
    expect(complaint('port 1 or (host 10.0.0.7 and udp prot 3)')).toBe(
      '--filter: syntax error, at character 34 ("prot")',
    );
    expect(complaint('ip.addr == 10.0.0.7')).toMatch(/at character 1 \("ip\.addr"\)$/);
    expect(complaint('udp port 5004 and')).toBe('--filter: syntax error, at its end: something is missing');
    expect(complaint('(udp')).toBe('--filter: syntax error, at its end: something is missing');
    expect(complaint('udp and port 99999')).toMatch(/illegal port number.*, at character 14$/);
    expect(complaint('x'.repeat(5000))).toMatch(/longer than/);
  });
});
