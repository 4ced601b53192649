import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { receiveBufferErrorsOf } from '../../../cluster/load/machine-health.ts';
import { dropsOf, kernelDrops } from '../../../cluster/sfu/transport/kernel-drops.ts';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  123: 0B00007F:A8AF 00000000:0000 07 00000000:00673200 00:00000000 00000000     0        0 4711 2 0000000000000000 1751
  124: 0100007F:A8AF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 3
  cut
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0000000000000000 9
`;

it('finds what the kernel dropped of one socket', () => {
  expect(dropsOf(TABLE, '127.0.0.11', 0xa8af)).toBe(1751);
  expect(dropsOf(TABLE, '127.0.0.1', 0xa8af)).toBe(3);
  expect(dropsOf(TABLE, '127.0.0.1', 0xa8ae)).toBe(null);
  expect(dropsOf(TABLE6, '::1', 8080)).toBe(9);
  expect(dropsOf('', '::1', 8080)).toBe(null);
});

it('finds the errors of full buffers, wherever their column is', () => {
  const snmp =
    'Ip: A B\nIp: 1 2\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 5 4 3 2 77\nUdpLite: X\nUdpLite: 1\n';
  expect(receiveBufferErrorsOf(snmp)).toBe(77);
  expect(receiveBufferErrorsOf('Udp: InDatagrams\nUdp: 5\n')).toBe(null);
  expect(receiveBufferErrorsOf('')).toBe(null);
});

it.skipIf(!existsSync('/proc/net/udp'))('counts the packets that a socket had no room for', async () => {
  const receiver = createSocket('udp4');
  const sender = createSocket('udp4');
  try {
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
    receiver.setRecvBufferSize(4096);
    const { port } = receiver.address();
    expect(kernelDrops('127.0.0.1', port)).toBe(0);
    await new Promise<void>((resolve) => sender.connect(port, '127.0.0.1', resolve));
    // Without a turn of the event loop nobody reads.
    for (let sent = 0; sent < 50; sent++) sender.send(Buffer.alloc(1000));
    expect(kernelDrops('127.0.0.1', port)).toBeGreaterThan(10);
  } finally {
    receiver.close();
    sender.close();
  }
});
