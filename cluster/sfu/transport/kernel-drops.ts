import { readFileSync } from 'node:fs';
import { addressBytes } from '../../stun/stun-writer.ts';

/**
 * What Linux dropped of one socket's packets because its receive buffer was full: the last column of `/proc/net/udp` (`udp6`), see
 * proc(5). Addresses there are words of four bytes, the last byte first.
 *
 * @param table the text of that file
 * @param address as the socket is bound
 * @returns null where the table does not have the socket
 */
export function dropsOf(table: string, address: string, port: number): number | null {
  const bytes = addressBytes(address);
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    for (let byte = word + 3; byte >= word; byte--) hex += bytes[byte].toString(16).padStart(2, '0');
  }
  const local = `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    const drops = Number(columns.at(-1));
    if (columns[1] === local && columns.length >= 13 && Number.isSafeInteger(drops)) return drops;
  }
  return null;
}

/** As {@link dropsOf}, for a socket of this process now; null where the system does not tell. */
export function kernelDrops(address: string, port: number): number | null {
  try {
    return dropsOf(readFileSync(address.includes(':') ? '/proc/net/udp6' : '/proc/net/udp', 'latin1'), address, port);
  } catch {
    return null;
  }
}
