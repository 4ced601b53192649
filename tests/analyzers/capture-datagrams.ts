import { readFileSync } from 'node:fs';
import {
  ByteWindow,
  type Datagram,
  FlowTable,
  PacketDecoder,
  PcapCursor,
  PcapngCursor,
  pcapByteOrder,
  type RecordCursor,
  RecordStep,
} from '../../captures/index.ts';

/** Hands each datagram of an uncompressed capture to `take`; `flows` names its addresses. */
export async function eachDatagram(
  path: string,
  take: (datagram: Datagram, flows: FlowTable) => void,
): Promise<FlowTable> {
  const flows = new FlowTable();
  const decoder = new PacketDecoder(flows, { datagram: (datagram) => take(datagram, flows) });
  const content = readFileSync(path);
  let given = 0;
  const window = new ByteWindow({
    name: path,
    read(into) {
      const part = content.subarray(given, given + into.length);
      into.set(part);
      given += part.length;
      return part.length;
    },
    close: async () => {},
  });
  await window.fill(64);
  const cursor: RecordCursor =
    pcapByteOrder(window.bytes, window.start) === null ? new PcapngCursor(window) : new PcapCursor(window);
  for (;;) {
    const step = cursor.advance();
    if (step === RecordStep.end) return flows;
    if (step === RecordStep.needBytes) await window.fill(cursor.neededBytes);
    else decoder.packet(cursor, cursor.interfaceIndex);
  }
}
