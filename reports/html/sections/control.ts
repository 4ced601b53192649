import type { Analysis, DtlsHandshakeAnalysis } from '../../../analyzers/index.ts';
import { describeCounts } from '../../summary.ts';
import {
  formatBitrate,
  formatCount,
  formatMoment,
  formatMs,
  formatPercent,
  formatSsrc,
  UNKNOWN,
} from '../../text/figures.ts';
import type { Markup } from '../markup.ts';
import { carried, code, section } from './paths.ts';
import { table } from './table.ts';

/** What was said about the media: DTLS handshakes, RTCP, SIP calls. */
export function controlSections(analysis: Analysis): Markup[] {
  return [
    section('dtls', 'DTLS', [handshakes(analysis)]),
    section('rtcp', 'RTCP', [receptions(analysis), sources(analysis)]),
    section('sip', 'SIP', [calls(analysis)]),
  ].filter((part) => part !== null);
}

function handshakes({ dtls }: Analysis): Markup | null {
  const alerts = (row: DtlsHandshakeAnalysis) =>
    row.alerts.map(({ level, description, from }) => `${level} ${description} by ${from}`).join(', ');
  return table(
    `Handshakes; ${formatCount(dtls.records)} records`,
    [
      { title: 'Client', cell: ({ client }) => code(client) },
      { title: 'Server', cell: ({ server }) => code(server) },
      { title: 'Carried by', cell: carried },
      { title: 'Version', cell: ({ version }) => version ?? UNKNOWN },
      { title: 'Cipher suite', cell: ({ cipherSuite }) => cipherSuite ?? UNKNOWN },
      { title: 'SRTP profile', cell: ({ srtpProfile }) => srtpProfile ?? UNKNOWN },
      { title: 'Begin', cell: ({ startTime }) => formatMoment(startTime) },
      { title: 'Took (ms)', numeric: true, cell: ({ durationMs }) => formatMs(durationMs) },
      { title: 'Completed', cell: ({ completed }) => (completed ? 'yes' : 'not seen') },
      { title: 'Repeated', numeric: true, cell: ({ retransmissions }) => formatCount(retransmissions) },
      { title: 'Alerts', cell: alerts },
    ],
    dtls.handshakes,
    dtls.handshakesLeftOut,
  );
}

function receptions({ rtcp }: Analysis): Markup | null {
  return table(
    `What receivers reported; ${formatCount(rtcp.packets)} packets in clear (${describeCounts(rtcp.byType)}), ${formatCount(rtcp.encrypted)} encrypted`,
    [
      { title: 'By', cell: ({ reporterSsrc }) => formatSsrc(reporterSsrc) },
      { title: 'Of', cell: ({ mediaSsrc }) => formatSsrc(mediaSsrc) },
      { title: 'From', cell: ({ source }) => code(source) },
      { title: 'Reports', numeric: true, cell: ({ reports }) => formatCount(reports) },
      { title: 'Lost', numeric: true, cell: ({ lost }) => formatCount(lost) },
      {
        title: 'Worst interval',
        numeric: true,
        cell: ({ fractionLost }) => formatPercent(fractionLost === null ? null : 100 * fractionLost.max),
      },
      {
        title: 'Jitter mean (units)',
        numeric: true,
        cell: ({ jitterUnits }) => formatCount(jitterUnits?.mean ?? null),
      },
      { title: 'Round trip mean (ms)', numeric: true, cell: ({ roundTripMs }) => formatMs(roundTripMs?.mean ?? null) },
      { title: 'NACKs', numeric: true, cell: ({ nacks }) => formatCount(nacks) },
      { title: 'PLIs', numeric: true, cell: ({ plis }) => formatCount(plis) },
      { title: 'FIRs', numeric: true, cell: ({ firs }) => formatCount(firs) },
    ],
    rtcp.receptions,
  );
}

function sources({ rtcp }: Analysis): Markup | null {
  return table(
    'Who spoke RTCP',
    [
      { title: 'SSRC', cell: ({ ssrc }) => formatSsrc(ssrc) },
      { title: 'Source', cell: ({ source }) => code(source) },
      { title: 'Destination', cell: ({ destination }) => code(destination) },
      { title: 'CNAME', cell: ({ cname }) => cname ?? UNKNOWN },
      {
        title: 'Packets',
        cell: ({ encrypted, packets, byType }) =>
          encrypted ? `${formatCount(packets)} encrypted` : describeCounts(byType),
      },
      { title: 'Sent packets', numeric: true, cell: ({ sentPackets }) => formatCount(sentPackets) },
      { title: 'REMB last', numeric: true, cell: ({ rembBps }) => formatBitrate(rembBps?.last ?? null) },
      {
        title: 'Goodbye',
        cell: ({ bye }) => (bye === null ? UNKNOWN : `${formatMoment(bye.time)} ${bye.reason ?? ''}`),
      },
    ],
    rtcp.sources,
  );
}

function calls({ sip }: Analysis): Markup | null {
  return table(
    `Calls; ${formatCount(sip.messages)} messages`,
    [
      { title: 'From', cell: ({ from }) => from ?? UNKNOWN },
      { title: 'To', cell: ({ to }) => to ?? UNKNOWN },
      { title: 'Begin', cell: ({ startTime }) => formatMoment(startTime) },
      { title: 'Answered', cell: ({ answeredTime }) => formatMoment(answeredTime) },
      { title: 'End', cell: ({ endTime }) => formatMoment(endTime) },
      { title: 'Status', numeric: true, cell: ({ finalStatus }) => finalStatus ?? UNKNOWN },
      {
        title: 'Media',
        cell: ({ media }) =>
          media.map(({ kind, address, codecs }) => `${kind} ${address} (${codecs.join(', ')})`).join('; '),
      },
      { title: 'Call-ID', cell: ({ callId }) => code(callId) },
    ],
    sip.calls,
  );
}
