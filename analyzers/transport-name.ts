import { Transport } from '../captures/index.ts';

/** As in the analysis: `udp`, `tcp`, `turn-udp`, `turn-tcp`. */
export function transportName(transport: Transport): 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp' {
  switch (transport) {
    case Transport.tcp:
      return 'tcp';
    case Transport.turnUdp:
      return 'turn-udp';
    case Transport.turnTcp:
      return 'turn-tcp';
    default:
      return 'udp';
  }
}
