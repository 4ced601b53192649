export type { WalkedCapture } from './capture-tally.ts';
export type { CaptureOutput, Ring } from './capturing/capture-output.ts';
export type { CaptureDevice, DeviceList } from './capturing/devices.ts';
export { endWithUs } from './capturing/end-with-us.ts';
export type { CaptureLimits, CaptureOutcome, CaptureProgress, LiveCapture } from './capturing/live-capture.ts';
export type { LiveCaptureError, LiveCaptureErrorCode, LiveCounts, LiveSource } from './capturing/live-source.ts';
export { type Capturing, loadCapturing } from './capturing/load-capturing.ts';
export type { InterfaceCapture, LiveTool, RunningSource } from './capturing/open-live.ts';
export type { ProcessSource, ProcessSourceOptions } from './capturing/process-source.ts';
export type { SfuAddress } from './capturing/sfu-request.ts';
export type { ExpressLane, Taken } from './express-lane.ts';
export { findCaptures } from './find-captures.ts';
export { type CaptureInspection, type InspectedInterface, inspectCapture } from './inspection.ts';
export { linkTypeName } from './link-type-name.ts';
export { type OpenCapture, type OpenCaptureOptions, openCapture } from './open-capture.ts';
export { Datagram, type DatagramSink, Transport } from './packets/datagram.ts';
export { FlowTable } from './packets/flow-table.ts';
export { formatEndpoint, formatIpv4, formatIpv6 } from './packets/format-address.ts';
export { newHashSeed } from './packets/hash-seed.ts';
export { TUNNEL_PORTS } from './packets/layers/udp-tunnel.ts';
export { observationPlace } from './packets/observation-point.ts';
export { PacketDecoder } from './packets/packet-decoder.ts';
export type { UndecodedReason } from './packets/undecoded.ts';
export { type ByteSource, ByteWindow, LARGEST_RECORD_BYTES } from './records/byte-window.ts';
export { PcapCursor, pcapByteOrder } from './records/pcap.ts';
export { PcapngCursor } from './records/pcapng/pcapng-cursor.ts';
export { pcapngByteOrder } from './records/pcapng/section-header.ts';
export {
  type CaptureInterface,
  type CaptureProblemCode,
  type CaptureSection,
  type DecryptionSecrets,
  Direction,
  ProblemCounts,
  type RecordCursor,
  RecordStep,
} from './records/record-cursor.ts';
export { CaptureInputError, type CaptureInputErrorCode, shownName } from './sources/capture-input-error.ts';
export { isStorageEndpoint, isStorageName, parseStorageName } from './storage/storage-name.ts';
export { elapsedNs, formatTime, type Timestamp } from './timestamp.ts';
export {
  CaptureWalk,
  type CaptureWalkOptions,
  type OnRecord,
  type WalkProgress,
  walkCaptures,
} from './walk-captures.ts';
export { PcapWriter, type PcapWriterOptions } from './writing/pcap-writer.ts';
export {
  type InterfaceDescription,
  type PacketDescription,
  PcapngWriter,
  type SectionDescription,
  type StatisticsDescription,
} from './writing/pcapng-writer.ts';
