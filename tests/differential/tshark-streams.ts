/** One row of what `tshark -q -z rtp,streams` prints. */
export interface TsharkStream {
  /** `ip:port`, as rtcscope writes it. */
  readonly source: string;
  readonly destination: string;
  readonly ssrc: number;
  /** As tshark names it: `g711A`, `RTPType-111`, several with commas. */
  readonly payload: string;
  readonly packets: number;
  readonly lost: number;
  /** 0 where tshark knows no clock rate. */
  readonly meanJitterMs: number;
  readonly maxJitterMs: number;
}

// Start and end time, both addresses with ports, SSRC, payload types; packets and lost with its share; deltas and jitter, each
// least, mean, most. A missing destination is the word NONE.
const ROW =
  /^ *[\d.-]+ +[\d.-]+ +(\S+) +(\d+) +(\S+) +(\d+) +0x([\dA-F]{8}) +(.*\S) +(\d+) +(-?\d+) \(-?[\d.]+%\) +[\d.-]+ +[\d.-]+ +[\d.-]+ +[\d.-]+ +([\d.-]+) +([\d.-]+)/;

/** Reads the table that tshark prints. Throws on a row that it does not understand: then the test would compare nothing. */
export function readTsharkStreams(text: string): TsharkStream[] {
  const rows: TsharkStream[] = [];
  for (const line of text.split('\n')) {
    if (!/0x[\dA-F]{8} /.test(line)) continue;
    const match = ROW.exec(line);
    if (match === null) throw new Error(`not a row of tshark's table of streams: ${line}`);
    const [, source, sourcePort, destination, destinationPort, ssrc, payload, packets, lost, mean, max] = match;
    rows.push({
      source: endpoint(source, sourcePort),
      destination: endpoint(destination, destinationPort),
      ssrc: Number.parseInt(ssrc, 16),
      payload,
      packets: Number(packets),
      lost: Number(lost),
      meanJitterMs: Number(mean),
      maxJitterMs: Number(max),
    });
  }
  return rows;
}

const endpoint = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
