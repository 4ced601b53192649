import { describe, expect, it } from 'vitest';
import { toolCommand } from '../../../captures/capturing/tool-command.ts';
import { countsIn, refusalIn } from '../../../captures/capturing/tool-words.ts';

describe('the words of dumpcap and tcpdump', () => {
  it('hold counts: of several interfaces together, of several times the last', () => {
    const ofDumpcap = (name: string, received: number, dropped: number) =>
      `Packets received/dropped on interface '${name}': ${received}/${dropped} (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0) (100.0%)\n`;
    expect(countsIn(ofDumpcap('Loopback: lo', 3, 1) + ofDumpcap("it's: 7/7", 40, 2))).toEqual({
      received: 43,
      dropped: 3,
    });
    const ofTcpdump = '1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n';
    expect(countsIn(ofTcpdump)).toEqual({ received: 1, dropped: 0 });
    const told = 'tcpdump: 3 packets captured, 6 packets received by filter, 2 packets dropped by kernel\n';
    expect(countsIn(ofTcpdump + told)).toEqual({ received: 6, dropped: 2 });
    expect(countsIn('Capturing on eth0')).toEqual({ received: null, dropped: null });
  });

  it.each([
    [
      'dumpcap: You do not have permission to capture on device "lo".\n(socket: Operation not permitted)',
      'no-permission',
    ],
    ["tcpdump: lo: You don't have permission to perform this capture on that device", 'no-permission'],
    ['spawn /usr/bin/dumpcap EACCES', 'no-permission'],
    ['dumpcap: There is no device named "x".\n(No such device exists)', 'no-device'],
    ['tcpdump: x: No such device exists', 'no-device'],
    ['tcpdump: x: That device is not up', 'no-device'],
    ["That string isn't a valid capture filter (unknown host 'a').", 'bad-filter'],
    ["tcpdump: can't parse filter expression: syntax error", 'bad-filter'],
    ['dumpcap: something else', 'tool-failed'],
    ['', 'tool-failed'],
  ])('say why there is no capture: %s', (words, code) => {
    const error = refusalIn('dumpcap', 'x\u001b[2J', words);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('their command lines', () => {
  it('keep what the user gave from being an option', () => {
    const capture = { devices: ['lo'], filter: '-Z root', snapLength: 96, output: '-', packets: 5 };
    const tcpdump = toolCommand('tcpdump', 'tcpdump', capture);
    expect(tcpdump.slice(-2)).toEqual(['--', '-Z root']);
    expect(tcpdump).toContain('--time-stamp-precision=nano');
    const dumpcap = toolCommand('dumpcap', 'dumpcap', { ...capture, devices: ['lo', 'eth0'] });
    expect(dumpcap.join(' ')).toBe(
      'dumpcap -q -n -B 16 -i lo -s 96 -f -Z root -i eth0 -s 96 -f -Z root -N 200000 -C 67108864 -c 5 -w -',
    );
  });
});
