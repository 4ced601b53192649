import type { Finding } from '../../../analyzers/index.ts';
import {
  formatBitrate,
  formatBytes,
  formatCount,
  formatMoment,
  formatMs,
  formatPercent,
  formatScore,
  formatSeconds,
  formatSsrc,
  UNKNOWN,
} from '../../text/figures.ts';
import type { ReportStream } from '../report-data.ts';
import { element } from './dom.ts';

type Figures = readonly (readonly [string, string])[];

/** All that is known of a stream. */
export function drawDetail(stream: ReportStream, findings: readonly Finding[]): HTMLElement {
  return element(
    'div',
    { class: 'detail' },
    findings.length === 0
      ? null
      : element(
          'ul',
          { class: 'findings' },
          ...findings.map(({ severity, text }) => element('li', { class: severity }, text)),
        ),
    filterLine(stream.wiresharkFilter),
    element('div', { class: 'groups' }, ...groups(stream).map(([title, figures]) => group(title, figures))),
    burstTable(stream),
    extensionTable(stream),
  );
}

function groups(stream: ReportStream): (readonly [string, Figures])[] {
  const { jitterMs, delayVariationMs, deltaMs, reorderingExtent, bursts, video, audio, reported } = stream;
  const list: (readonly [string, Figures])[] = [
    ['Identity', identity(stream)],
    [
      'Delivery',
      [
        ['Packets', formatCount(stream.packets)],
        ['Bytes', formatBytes(stream.bytes)],
        ['Expected', formatCount(stream.expected)],
        ['Lost', `${formatCount(stream.lost)} (${formatPercent(stream.lostPercent)})`],
        ['Lost where', stream.lossSide === null ? UNKNOWN : LOSS_SIDES[stream.lossSide]],
        ['Of that by the capture', formatPercent(100 * stream.suspectedCaptureLoss)],
        ['Duplicates', formatCount(stream.duplicates)],
        ['Copies at other points', formatCount(stream.copies)],
        ['Late', formatCount(stream.late)],
        [
          'Reordering extent',
          reorderingExtent === null
            ? UNKNOWN
            : `${formatMs(reorderingExtent.mean)}, at most ${formatCount(reorderingExtent.max)}`,
        ],
        ['Restarts', formatCount(stream.restarts)],
      ],
    ],
    [
      'Timing (ms)',
      [
        ['Jitter mean', formatMs(jitterMs?.mean ?? null)],
        ['Jitter p95', formatMs(jitterMs?.p95 ?? null)],
        ['Jitter max', formatMs(jitterMs?.max ?? null)],
        ['Delay variation p50', formatMs(delayVariationMs?.p50 ?? null)],
        ['Delay variation p95', formatMs(delayVariationMs?.p95 ?? null)],
        ['Delay variation p99', formatMs(delayVariationMs?.p99 ?? null)],
        ['Delay variation max', formatMs(delayVariationMs?.max ?? null)],
        ['Delta min', formatMs(deltaMs?.min ?? null)],
        ['Delta mean', formatMs(deltaMs?.mean ?? null)],
        ['Delta max', formatMs(deltaMs?.max ?? null)],
        ['Clock skew', stream.clockSkewPpm === null ? UNKNOWN : `${stream.clockSkewPpm.toFixed(1)} ppm`],
      ],
    ],
    [
      'Throughput',
      [
        ['Mean', formatBitrate(stream.bitrateBps.mean)],
        ['p95 of 1 s', formatBitrate(stream.bitrateBps.p95)],
        ['Max of 1 s', formatBitrate(stream.bitrateBps.max)],
        ['p95 of a window', formatBitrate(stream.bitrateWindowBps.p95)],
        ['Max of a window', formatBitrate(stream.bitrateWindowBps.max)],
        ['Packets per second', stream.packetRate === null ? UNKNOWN : stream.packetRate.toFixed(1)],
      ],
    ],
  ];
  if (bursts !== null) {
    list.push([
      'Bursts of loss (RFC 3611)',
      [
        ['Bursts', formatCount(bursts.bursts)],
        ['Loss inside', formatPercent(100 * bursts.burstDensity)],
        ['Loss between', formatPercent(100 * bursts.gapDensity)],
        ['Mean burst', `${formatMs(bursts.burstDurationMs)} ms`],
        ['Mean gap', `${formatMs(bursts.gapDurationMs)} ms`],
        ['Longest run', `${formatCount(bursts.longestLoss)} packets`],
        ['Noticed', formatMoment(bursts.longestLossTime)],
      ],
    ]);
  }
  if (video !== null) {
    list.push([
      'Video',
      [
        ['Frames', formatCount(video.frames)],
        ['Frames per second', video.frameRate === null ? UNKNOWN : video.frameRate.toFixed(1)],
        ['Frame mean', formatBytes(video.frameBytes.mean)],
        ['Frame p95', formatBytes(video.frameBytes.p95)],
        ['Frame max', formatBytes(video.frameBytes.max)],
        ['Packets per frame', video.packetsPerFrame.toFixed(1)],
        ['Freezes', `${formatCount(video.freezes)} (${formatMs(video.freezeMs)} ms)`],
        ['Longest freeze', `${formatMs(video.longestFreezeMs)} ms`],
        ['Damaged frames', formatCount(video.damagedFrames)],
        ['Key frames', formatCount(video.keyFrames)],
      ],
    ]);
  }
  if (audio !== null) {
    list.push([
      'Audio',
      [
        ['MOS (G.107)', `${formatScore(stream.mos)}${stream.mosBasis === 'assumed' ? ' (assumed)' : ''}`],
        ['Packet time', `${formatMs(audio.packetTimeMs)} ms`],
        ['Silences', `${formatCount(audio.silences)} (${formatSeconds(audio.silenceMs / 1000)})`],
        ['Comfort noise', formatCount(audio.comfortNoisePackets)],
        ['Telephone events', formatCount(audio.telephoneEvents)],
      ],
    ]);
  }
  if (reported !== null) {
    list.push([
      'As the receiver reported (RTCP)',
      [
        ['By', formatSsrc(reported.by)],
        ['Reports', formatCount(reported.reports)],
        ['Lost', formatCount(reported.lost)],
        ['Worst interval', formatPercent(100 * reported.fractionLost.max)],
        ['Jitter mean', `${formatMs(reported.jitterMs?.mean ?? null)} ms`],
        ['Jitter max', `${formatMs(reported.jitterMs?.max ?? null)} ms`],
        ['Round trip mean', `${formatMs(reported.roundTripMs?.mean ?? null)} ms`],
        ['Round trip max', `${formatMs(reported.roundTripMs?.max ?? null)} ms`],
      ],
    ]);
  }
  return list;
}

const LOSS_SIDES = {
  before: 'before the capture point',
  after: 'after the capture point',
  both: 'on both sides of the capture point',
  none: 'nowhere',
} as const;

function identity(stream: ReportStream): Figures {
  const confidence =
    stream.clockRateSource !== 'inferred' || stream.clockRateConfidence === null
      ? ''
      : `, ${Math.round(100 * stream.clockRateConfidence)} % sure`;
  const clock =
    stream.clockRate === null
      ? UNKNOWN
      : `${formatCount(stream.clockRate)} Hz (${stream.clockRateSource}${confidence})`;
  return [
    ['SSRC', formatSsrc(stream.ssrc)],
    ['Payload types', stream.payloadTypes.join(', ')],
    ['Kind', stream.kindSource === null ? stream.kind : `${stream.kind} (${stream.kindSource})`],
    ['Codec', stream.codec === null ? UNKNOWN : `${stream.codec} (${stream.codecSource})`],
    ['Clock rate', clock],
    ['Encrypted', stream.encrypted === null ? UNKNOWN : stream.encrypted ? 'yes' : 'no'],
    ['CNAME', stream.cname ?? UNKNOWN],
    ['Carried by', stream.relayedPeer === null ? stream.transport : `${stream.transport} for ${stream.relayedPeer}`],
    ['Session', stream.session ?? UNKNOWN],
    [
      'Repairs',
      stream.repairsSsrc === null
        ? UNKNOWN
        : `${formatSsrc(stream.repairsSsrc)} (${stream.repairsSource ?? 'unknown'})`,
    ],
    ['Begin', formatMoment(stream.startTime)],
    ['End', formatMoment(stream.endTime)],
    ['Duration', formatSeconds(stream.durationSeconds)],
  ];
}

function group(title: string, figures: Figures): HTMLElement {
  const rows = figures.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  return element('section', {}, element('h3', {}, title), element('dl', {}, ...rows));
}

function burstTable({ bursts }: ReportStream): HTMLElement | null {
  if (bursts === null || bursts.worst.length === 0) return null;
  const rows = bursts.worst.map((burst) => [
    formatMoment(burst.time),
    `${formatMs(burst.durationMs)} ms`,
    formatCount(burst.lost),
    formatCount(burst.packets),
  ]);
  return smallTable('Worst bursts', ['Begin', 'Duration', 'Lost', 'Packets'], rows);
}

function extensionTable({ headerExtensions }: ReportStream): HTMLElement | null {
  if (headerExtensions.length === 0) return null;
  const rows = headerExtensions.map(({ id, uri, packets }) => [String(id), uri ?? UNKNOWN, formatCount(packets)]);
  return smallTable('Header extensions (RFC 8285)', ['Id', 'URI', 'Packets'], rows);
}

function smallTable(caption: string, titles: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const head = titles.map((title) => element('th', { scope: 'col' }, title));
  const body = rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))));
  return element(
    'table',
    { class: 'small' },
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

function filterLine(filter: string): HTMLElement {
  const field = element('input', { readonly: true, value: filter, 'aria-label': 'Wireshark display filter' });
  const button = element('button', { type: 'button' }, 'Copy');
  button.addEventListener('click', async () => {
    button.textContent = (await copyText(field)) ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
  return element('p', { class: 'wireshark' }, element('span', {}, 'Wireshark filter'), field, button);
}

/** Some browsers keep the clipboard from a page that was opened from a file: the older way, then the reader's own hand. */
async function copyText(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand('copy');
  }
}
