import type { Analysis, IcePairAnalysis, SessionAnalysis, TurnAllocationAnalysis } from '../../../analyzers/index.ts';
import { formatCount, formatMoment, formatMs, formatSeconds, UNKNOWN } from '../../text/figures.ts';
import { html, type Markup } from '../markup.ts';
import { table } from './table.ts';

/** How the media found its way: sessions with their time line, candidate pairs, relays. */
export function pathSections(analysis: Analysis): Markup[] {
  return [
    section('sessions', 'Sessions', sessions(analysis)),
    section('ice', 'ICE', [icePairs(analysis), stunErrors('Error responses', analysis.ice.errors)]),
    section('turn', 'TURN', [allocations(analysis)]),
  ].filter((part) => part !== null);
}

/** A section of the page; null where all of its parts are. */
export function section(id: string, title: string, parts: readonly (Markup | null)[]): Markup | null {
  if (parts.every((part) => part === null)) return null;
  return html`<section id="${id}"><h2>${title}</h2>${parts}</section>\n`;
}

export function stunErrors(
  caption: string,
  errors: readonly { readonly code: number; readonly reason: string; readonly count: number }[],
): Markup | null {
  return table(
    caption,
    [
      { title: 'Code', numeric: true, cell: ({ code }) => code },
      { title: 'Reason', cell: ({ reason }) => reason },
      { title: 'Count', numeric: true, cell: ({ count }) => formatCount(count) },
    ],
    errors,
  );
}

/** `udp`, or `turn-udp for 192.0.2.44:50000`. */
export function carried({ transport, relayedPeer }: { transport: string; relayedPeer: string | null }): string {
  return relayedPeer === null ? transport : `${transport} for ${relayedPeer}`;
}

export function code(text: string | null): Markup | string {
  return text === null ? UNKNOWN : html`<code>${text}</code>`;
}

function sessions({ sessions: rows }: Analysis): (Markup | null)[] {
  const since = (session: SessionAnalysis, time: string | null) => {
    if (time === null) return UNKNOWN;
    const start = session.firstStunTime ?? session.dtlsStartTime ?? session.firstMediaTime;
    return start === null ? UNKNOWN : `+${formatMs(Date.parse(time) - Date.parse(start))} ms`;
  };
  return [
    table(
      'Sessions, from first contact to media',
      [
        { title: 'Id', cell: ({ id }) => id },
        { title: 'Between', cell: ({ a }) => code(a) },
        { title: 'and', cell: ({ b }) => code(b) },
        { title: 'Carried by', cell: carried },
        { title: 'First STUN', cell: ({ firstStunTime }) => formatMoment(firstStunTime) },
        { title: 'Nominated', numeric: true, cell: (row) => since(row, row.nominatedTime) },
        { title: 'DTLS begins', numeric: true, cell: (row) => since(row, row.dtlsStartTime) },
        { title: 'DTLS ends', numeric: true, cell: (row) => since(row, row.dtlsEndTime) },
        { title: 'First media', numeric: true, cell: (row) => since(row, row.firstMediaTime) },
        {
          title: 'Set up in',
          numeric: true,
          cell: ({ setupMs }) => (setupMs === null ? UNKNOWN : formatSeconds(setupMs / 1000)),
        },
        { title: 'Switched from', cell: ({ switchedFrom }) => switchedFrom ?? UNKNOWN },
        { title: 'Streams', cell: ({ streams }) => streamList(streams) },
      ],
      rows,
    ),
  ];
}

function streamList(ids: readonly string[]): string {
  if (ids.length === 0) return UNKNOWN;
  return ids.length <= 6 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;
}

function icePairs({ ice }: Analysis): Markup | null {
  const end = (pair: IcePairAnalysis, side: 'a' | 'b') =>
    html`${code(pair[side])}${pair.controlling === side ? ' controlling' : ''}`;
  return table(
    `Candidate pairs; ${formatCount(ice.transactions)} transactions, ${formatCount(ice.unanswered)} unanswered`,
    [
      { title: 'Between', cell: (pair) => end(pair, 'a') },
      { title: 'and', cell: (pair) => end(pair, 'b') },
      { title: 'Carried by', cell: carried },
      { title: 'Checks', numeric: true, cell: ({ checks }) => formatCount(checks) },
      { title: 'Answered', numeric: true, cell: ({ responses }) => formatCount(responses) },
      { title: 'Repeated', numeric: true, cell: ({ retransmissions }) => formatCount(retransmissions) },
      { title: 'Errors', numeric: true, cell: ({ errors }) => formatCount(errors) },
      { title: 'Round trip mean (ms)', numeric: true, cell: ({ roundTripMs }) => formatMs(roundTripMs?.mean ?? null) },
      { title: 'Nominated', cell: ({ nominatedTime }) => formatMoment(nominatedTime) },
      { title: 'Consent checks', numeric: true, cell: ({ consentChecks }) => formatCount(consentChecks) },
      {
        title: 'Longest consent gap (ms)',
        numeric: true,
        cell: ({ longestConsentGapMs }) => formatMs(longestConsentGapMs),
      },
      { title: 'Software', cell: ({ software }) => software.join(', ') },
    ],
    ice.pairs,
    ice.pairsLeftOut,
  );
}

function allocations({ turn }: Analysis): Markup | null {
  const errors = ({ errors: list }: TurnAllocationAnalysis) =>
    list.map(({ code: number, reason, count }) => `${number} ${reason} (${count})`).join(', ');
  return table(
    `Allocations; ${formatCount(turn.channelDataPackets)} ChannelData, ${formatCount(turn.indicationPackets)} indications`,
    [
      { title: 'Client', cell: ({ client }) => code(client) },
      { title: 'Server', cell: ({ server }) => code(server) },
      { title: 'Relayed', cell: ({ relayedAddress }) => code(relayedAddress) },
      { title: 'Mapped', cell: ({ mappedAddress }) => code(mappedAddress) },
      { title: 'Granted', cell: ({ allocatedTime }) => formatMoment(allocatedTime) },
      { title: 'After (ms)', numeric: true, cell: ({ allocationMs }) => formatMs(allocationMs) },
      { title: 'Lifetime (s)', numeric: true, cell: ({ lifetimeSeconds }) => formatCount(lifetimeSeconds) },
      { title: 'Refreshes', numeric: true, cell: ({ refreshes }) => formatCount(refreshes) },
      { title: 'Channels', numeric: true, cell: ({ channels }) => formatCount(channels.length) },
      { title: 'Errors', cell: errors },
    ],
    turn.allocations,
    turn.allocationsLeftOut,
  );
}
