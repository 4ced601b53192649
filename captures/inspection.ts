import type { WalkedCapture } from './capture-tally.ts';
import { linkTypeName } from './link-type-name.ts';
import { FlowTable } from './packets/flow-table.ts';
import { newHashSeed } from './packets/hash-seed.ts';
import { PacketDecoder } from './packets/packet-decoder.ts';
import type { CaptureSection } from './records/record-cursor.ts';
import { elapsedNs, formatTime } from './timestamp.ts';
import { CaptureWalk, type CaptureWalkOptions } from './walk-captures.ts';

/** What is in a capture, without a look at the media: what `inspect --json` prints. */
export interface CaptureInspection {
  readonly schema: 'rtcscope.inspection/1';
  /** As given on the command line; `-` for standard input. */
  readonly path: string;
  readonly format: string;
  /** Size of the file as it lies there, compressed or not. */
  readonly fileBytes: number | null;
  readonly packets: number;
  /** Sum of the packets' original lengths. */
  readonly bytes: number;
  /** Sum of what the capture holds of them: less where a snap length cut them. */
  readonly capturedBytes: number;
  readonly startTime: string | null;
  readonly endTime: string | null;
  readonly durationSeconds: number | null;
  /** Whether no packet stands behind one of a later time; null where no packet has a time. */
  readonly inTimeOrder: boolean | null;
  /** True where the file ends inside a record. */
  readonly truncated: boolean;
  readonly droppedByCapture: number | null;
  readonly sections: readonly CaptureSection[];
  readonly interfaces: readonly InspectedInterface[];
  /** Blocks of key material that the capture carries. */
  readonly decryptionSecrets: number;
  /** Packets by stack of layers, each stack counting all packets that hold it: `eth`, `eth/ip`, `eth/ip/udp`. */
  readonly layers: Readonly<Record<string, number>>;
  readonly flows: number;
  readonly datagrams: number;
  /** Packets that came to no datagram, by reason. */
  readonly undecoded: Readonly<Record<string, number>>;
  readonly problems: readonly { readonly code: string; readonly count: number }[];
}

export interface InspectedInterface {
  readonly name: string | null;
  readonly description: string | null;
  readonly linkType: string;
  /** In bytes, null where there is no limit. */
  readonly snapLength: number | null;
  /** Decimal places of a second. */
  readonly timeDigits: number;
  readonly packets: number;
  readonly droppedByCapture: number | null;
}

/**
 * Reads a capture from first to last record.
 *
 * @param path a file, or `-` for standard input.
 * @throws CaptureInputError where it cannot be read or is no capture.
 */
export async function inspectCapture(path: string, options: CaptureWalkOptions = {}): Promise<CaptureInspection> {
  const flows = new FlowTable(newHashSeed());
  const decoder = new PacketDecoder(flows, { datagram() {} });
  let capturedBytes = 0;
  let inTimeOrder = true;
  let lastSeconds = Number.NEGATIVE_INFINITY;
  let lastNanoseconds = 0;
  let fileBytes: number | null = null;
  const walk = new CaptureWalk([path], {
    ...options,
    onProgress(progress) {
      fileBytes = progress.totalBytes;
      options.onProgress?.(progress);
    },
  });
  await walk.run((cursor, _capture, interfaceNumber) => {
    const { seconds, nanoseconds } = cursor;
    capturedBytes += cursor.capturedLength;
    if (cursor.hasTime) {
      if (seconds < lastSeconds || (seconds === lastSeconds && nanoseconds < lastNanoseconds)) inTimeOrder = false;
      lastSeconds = seconds;
      lastNanoseconds = nanoseconds;
    }
    decoder.packet(cursor, interfaceNumber);
  });
  const [walked] = walk.summaries();
  return {
    schema: 'rtcscope.inspection/1',
    ...described(walked),
    fileBytes,
    capturedBytes,
    inTimeOrder: lastSeconds === Number.NEGATIVE_INFINITY ? null : inTimeOrder,
    layers: decoder.layers(),
    flows: flows.seen,
    datagrams: decoder.datagrams,
    undecoded: decoder.undecoded(),
  };
}

function described(walked: WalkedCapture) {
  const { start, end, timeDigits } = walked;
  return {
    path: walked.path,
    format: walked.format,
    packets: walked.packets,
    bytes: walked.bytes,
    startTime: start && formatTime(start, timeDigits),
    endTime: end && formatTime(end, timeDigits),
    durationSeconds: start && end && elapsedNs(start, end) / 1e9,
    truncated: walked.truncated,
    droppedByCapture: walked.droppedPackets,
    sections: walked.sections,
    interfaces: walked.interfaces.map(({ description, packets }) => ({
      name: description.name,
      description: description.description,
      linkType: linkTypeName(description.linkType),
      snapLength: description.snapLength === 0 ? null : description.snapLength,
      timeDigits: description.timeDigits,
      packets,
      droppedByCapture: description.droppedPackets,
    })),
    decryptionSecrets: walked.secrets.length,
    problems: walked.problems,
  };
}
