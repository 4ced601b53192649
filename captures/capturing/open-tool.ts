import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { findProgram } from './find-program.ts';
import { LiveCaptureError } from './live-source.ts';
import { ProcessSource } from './process-source.ts';
import { type CaptureTool, type ToolCapture, toolCommand } from './tool-command.ts';

export const KERNEL_CLOCK = () => `time stamps by the kernel of ${hostname()}`;

/** A tool that captures these interfaces; it has not said yet whether it may. @throws LiveCaptureError where it is missing. */
export function openTool(tool: CaptureTool, capture: Omit<ToolCapture, 'output'>): ProcessSource {
  const program = findProgram(tool);
  if (program === null) {
    const hint = `Install it (Debian: apt-get install ${tool === 'dumpcap' ? 'wireshark-common' : 'tcpdump'}), or name another --tool.`;
    throw new LiveCaptureError('no-tool', `${tool} is not there, or not for you to run`, hint);
  }
  if (tool === 'tcpdump' && capture.devices.length > 1) {
    throw new LiveCaptureError(
      'no-tool',
      'tcpdump captures one interface at a time',
      'Take dumpcap, or the interface any.',
    );
  }
  return new ProcessSource({
    command: toolCommand(tool, program, { ...capture, output: '-' }),
    name: capture.devices.join(', '),
    tool: toolVersion(program) ?? tool,
    clock: KERNEL_CLOCK(),
    device: capture.devices.length === 1 ? capture.devices[0] : null,
    countsOnSignal: tool === 'tcpdump',
  });
}

/** As it calls itself: `Dumpcap (Wireshark) 4.0.17`, `tcpdump version 4.99.3`. */
function toolVersion(program: string): string | null {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5000 });
  const line = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').find((text) => /\d+\.\d+/.test(text));
  return line === undefined ? null : line.replace(/ \(Git .*|\.$/g, '').slice(0, 100);
}
