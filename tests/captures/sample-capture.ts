import { PcapWriter } from '../../captures/writing/pcap-writer.ts';
import { concatenate } from './records/every-record.ts';

/** A pcap capture of `count` packets of 100 bytes, a second apart from `firstSecond` on; each holds its number. */
export function sampleCapture(count: number, firstSecond = 1000, stepSeconds = 1): Uint8Array {
  const writer = new PcapWriter({ linkType: 1 });
  const pieces = [writer.fileHeader()];
  // Not random, yet not compressible away: damage then has something to hit.
  let state = 12345;
  for (let index = 0; index < count; index++) {
    const data = new Uint8Array(100);
    for (let at = 4; at < data.length; at++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      data[at] = state >>> 24;
    }
    new DataView(data.buffer).setUint32(0, index);
    pieces.push(writer.packet({ seconds: firstSecond + index * stepSeconds, nanoseconds: index }, data));
  }
  return concatenate(...pieces);
}
