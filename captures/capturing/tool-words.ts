import { shownName } from '../sources/capture-input-error.ts';
import { LiveCaptureError, type LiveCounts } from './live-source.ts';

/*
 * What dumpcap and tcpdump say on standard error. dumpcap, once for each interface at the end:
 *
 *   Packets received/dropped on interface 'Loopback: lo': 3/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0) (100.0%)
 *
 * tcpdump at the end, or on one line on SIGUSR1:
 *
 *   3 packets captured, 6 packets received by filter, 0 packets dropped by kernel
 */
const DUMPCAP_COUNTS = /received\/dropped on interface .*: (\d+)\/(\d+) \(/g;
const TCPDUMP_RECEIVED = /(\d+) packets? received by filter/g;
const TCPDUMP_DROPPED = /(\d+) packets? dropped by (?:kernel|interface)/g;

/** The last counts that the words hold. */
export function countsIn(words: string): LiveCounts {
  const dumpcap = [...words.matchAll(DUMPCAP_COUNTS)];
  if (dumpcap.length > 0) {
    const sum = (group: number) => dumpcap.reduce((total, match) => total + Number(match[group]), 0);
    return { received: sum(1), dropped: sum(2) };
  }
  const last = (pattern: RegExp) => [...words.matchAll(pattern)].at(-1)?.[1];
  const received = last(TCPDUMP_RECEIVED);
  const dropped = last(TCPDUMP_DROPPED);
  return {
    received: received === undefined ? null : Number(received),
    dropped: dropped === undefined ? null : Number(dropped),
  };
}

/** Whether the tool says that its socket is open: what comes from now on is captured. */
export function hasBegun(words: string): boolean {
  return /^(File:|Capturing on)|listening on/m.test(words);
}

export const PERMISSION_HINT =
  'Run it as root, or allow dumpcap: sudo setcap cap_net_raw,cap_net_admin=eip "$(command -v dumpcap)" and join the ' +
  'group that owns it (wireshark). To record an SFU of ours, --sfu URL needs no such right.';

/** What a tool that failed meant, from its words. */
export function refusalIn(tool: string, device: string, words: string): LiveCaptureError {
  const shown = shownName(device);
  if (/permission|Operation not permitted|CAP_NET_RAW|EACCES/i.test(words)) {
    return new LiveCaptureError('no-permission', `no permission to capture on ${shown}`, PERMISSION_HINT);
  }
  if (/No such device|no device named|doesn't exist|not up|there is no interface/i.test(words)) {
    const isDown = /not up/i.test(words);
    return new LiveCaptureError(
      'no-device',
      isDown ? `${shown} is down` : `there is no interface ${shown}`,
      isDown ? `Bring it up: ip link set ${shown} up.` : 'rtcscope capture --list shows them.',
    );
  }
  const filter =
    /valid capture filter \((.*)\)|(can't parse filter expression: .*|unknown (?:host|port|network) .*)/.exec(words);
  if (filter !== null) {
    const hint = 'The syntax is that of pcap-filter(7), such as udp portrange 10000-20000.';
    return new LiveCaptureError('bad-filter', `--filter: ${shownName(filter[1] ?? filter[2])}`, hint);
  }
  return new LiveCaptureError('tool-failed', `${tool} on ${shown} ended: ${lastLine(words)}`, 'Try another --tool.');
}

function lastLine(words: string): string {
  const line = words
    .split('\n')
    .map((text) => text.trim())
    .findLast((text) => text !== '' && !/^(Capturing on|File:)/.test(text));
  return line === undefined ? 'it gave no reason' : shownName(line.slice(0, 200));
}
