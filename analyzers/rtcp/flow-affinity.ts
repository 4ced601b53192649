import type { FlowTable } from '../../captures/index.ts';

/**
 * How well a flow of RTCP fits a flow of media that it reports about:
 *
 *   3  the same two endpoints, the other way: RTP and RTCP on one port (RFC 5761), or the two ports of RTCP
 *   2  the same two addresses, the other way: RTCP on a port of its own (RFC 3550, 11)
 *   1  it goes to where the media comes from: by way of a relay, or from a translator's other side
 *   0  nothing but the SSRC joins them
 */
export function flowAffinity(flows: FlowTable, mediaFlow: number, reportFlow: number): number {
  if (flows.destinationAddress(reportFlow) !== flows.sourceAddress(mediaFlow)) return 0;
  if (flows.sourceAddress(reportFlow) !== flows.destinationAddress(mediaFlow)) return 1;
  return flows.sourcePort(reportFlow) === flows.destinationPort(mediaFlow) &&
    flows.destinationPort(reportFlow) === flows.sourcePort(mediaFlow) &&
    flows.relayedPeer(reportFlow) === flows.relayedPeer(mediaFlow)
    ? 3
    : 2;
}
