export type CaptureTool = 'dumpcap' | 'tcpdump';

export interface ToolCapture {
  /** dumpcap takes several, tcpdump one. */
  readonly devices: readonly string[];
  /** Berkeley packet filter; empty for all packets. */
  readonly filter: string;
  /** Bytes kept of each packet; null for all. */
  readonly snapLength: number | null;
  /** Where to: a file, or `-` for standard output. */
  readonly output: string;
  /** Ends after so many; null for never. */
  readonly packets?: number | null;
  /** Of the section of a pcapng; dumpcap alone writes one. */
  readonly comment?: string;
  /** Ends at this size of the file; dumpcap alone can. */
  readonly maxFileMB?: number;
}

/** Waits in the kernel for a process that is late: at 100 Mb/s more than a second. */
const KERNEL_BUFFER_MIB = 16;
/** With several interfaces dumpcap reads each by a thread, and keeps so much between these and its output; 1,000 packets otherwise. */
const QUEUE = { packets: 200_000, bytes: 64 * 1024 * 1024 };
const ALL_BYTES = 262_144;

/**
 * The command line by which dumpcap or tcpdump captures, with the kernel's time stamps. dumpcap writes pcapng, tcpdump pcap;
 * both to the nanosecond.
 *
 * @param program path or name of the tool.
 */
export function toolCommand(tool: CaptureTool, program: string, capture: ToolCapture): string[] {
  const { devices, filter, snapLength, output, packets, comment, maxFileMB } = capture;
  const snap = String(snapLength ?? ALL_BYTES);
  if (tool === 'tcpdump') {
    // -U: what was seen is written at once. A file is written as the user who asked.
    const user = output !== '-' && process.getuid?.() === 0 ? ['-Z', 'root'] : [];
    const command = [program, ...user, '-i', devices[0], '-n', '-U', '-B', String(KERNEL_BUFFER_MIB * 1024)];
    command.push('--time-stamp-precision=nano', '-s', snap, '-w', output);
    if (packets != null) command.push('-c', String(packets));
    if (filter !== '') command.push('--', filter);
    return command;
  }
  const command = [program, '-q', '-n', '-B', String(KERNEL_BUFFER_MIB)];
  for (const device of devices) {
    command.push('-i', device, '-s', snap);
    if (filter !== '') command.push('-f', filter);
  }
  if (devices.length > 1) command.push('-N', String(QUEUE.packets), '-C', String(QUEUE.bytes));
  if (packets != null) command.push('-c', String(packets));
  if (comment !== undefined) command.push('--capture-comment', comment);
  if (maxFileMB !== undefined) command.push('-a', `filesize:${maxFileMB * 1000}`);
  return [...command, '-w', output];
}
