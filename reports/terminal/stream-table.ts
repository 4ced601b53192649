import type { Analysis, StreamAnalysis } from '../../analyzers/index.ts';
import { type SparkSpan, sparkCells, sparkSpan } from '../charts/time-cells.ts';
import { displayWidth, padEnd, padStart, shorten } from '../text/display-width.ts';
import { formatBitrate, formatCount, formatMs, formatOpinion, formatPercent, formatSsrc } from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { type Grade, gradeStreams } from '../verdict.ts';
import { type Ink, paintGrade } from './ink.ts';
import { drawSparkline } from './sparkline.ts';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  cell(stream: StreamAnalysis): string;
}

/** From this width on a stream is one line; below, its addresses stand on a second one. */
const ONE_LINE_WIDTH = 120;
const NARROWEST = 60;
const GAP = '  ';
const SPARK_WIDTHS = { least: 8, most: 40 };
/** What two IPv4 addresses with ports take; more is given where there is room. */
const ENDPOINTS_WIDTH = 44;

const FIGURES: readonly Column[] = [
  { title: 'packets', align: 'right', cell: (stream) => formatCount(stream.packets) },
  { title: 'loss', align: 'right', cell: (stream) => formatPercent(stream.lostPercent) },
  {
    title: 'jitter/max ms',
    align: 'right',
    cell: ({ jitterMs }) => (jitterMs === null ? '-' : `${formatMs(jitterMs.mean)}/${formatMs(jitterMs.max)}`),
  },
  { title: 'bitrate', align: 'right', cell: (stream) => formatBitrate(stream.bitrateBps.mean) },
  { title: 'MOS', align: 'right', cell: (stream) => formatOpinion(stream) },
];

/** The streams as lines, worst first as the analysis has them; `streams` is the part of them to show. */
export function streamTable(
  analysis: Analysis,
  streams: readonly StreamAnalysis[],
  ink: Ink,
  { width: asked, unicode }: { width: number; unicode: boolean },
): string[] {
  const width = Math.max(NARROWEST, asked);
  const oneLine = width >= ONE_LINE_WIDTH;
  const grades = gradeStreams(analysis);
  const columns: Column[] = [
    { title: 'id', align: 'left', cell: (stream) => stream.id },
    { title: 'media', align: 'left', cell: (stream) => shorten(media(stream, ink), oneLine ? 16 : 12, ink.ellipsis) },
    ...FIGURES,
  ];
  const rows = streams.map((stream) => columns.map((column) => column.cell(stream)));
  const widths = columns.map((column, place) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[place]))),
  );
  // The sign and its blank, then each column before its gap.
  let left = width - 2 - widths.reduce((sum, columnWidth) => sum + columnWidth + GAP.length, 0);
  let endpointsWidth = 0;
  if (oneLine) {
    const longest = Math.max(...streams.map((stream) => displayWidth(endpoints(stream, ink, 200))), 'source'.length);
    endpointsWidth = Math.min(longest, Math.max(ENDPOINTS_WIDTH, left - SPARK_WIDTHS.most - GAP.length));
    left -= endpointsWidth + GAP.length;
  }
  const spark = chooseSpark(streams, Math.min(SPARK_WIDTHS.most, left), unicode);

  const header = columns.map(({ title, align }, place) => pad(title, widths[place], align));
  if (oneLine) header.splice(2, 0, padEnd(`source ${ink.arrow} destination`, endpointsWidth));
  if (spark !== null) header.push(spark.title);
  const lines = [ink.dim(`  ${header.join(GAP)}`.trimEnd())];
  streams.forEach((stream, index) => {
    const grade: Grade = grades.get(stream.id) ?? 'good';
    const cells = rows[index].map((text, place) => pad(text, widths[place], columns[place].align));
    if (oneLine) cells.splice(2, 0, padEnd(endpoints(stream, ink, endpointsWidth), endpointsWidth));
    const drawing = spark === null ? '' : GAP + spark.draw(stream);
    const sign = grade === 'good' ? ' ' : ink.signs[grade];
    const paint = grade === 'good' ? (text: string) => text : paintGrade(ink, grade);
    lines.push(`${paint(`${sign} ${cells.join(GAP)}`)}${drawing}`.trimEnd());
    if (!oneLine)
      lines.push(ink.dim(`  ${' '.repeat(widths[0])}${GAP}${secondLine(stream, ink, width - 4 - widths[0])}`));
  });
  return lines;
}

function media(stream: StreamAnalysis, ink: Ink): string {
  const codec = stream.codec === null ? '' : ink.plain(visible(stream.codec));
  return stream.kind === 'unknown' && codec !== '' ? codec : `${stream.kind} ${codec}`.trimEnd();
}

/** Both addresses in at most `width` columns, the room shared by need. */
function endpoints(stream: StreamAnalysis, ink: Ink, width: number): string {
  const between = ` ${ink.arrow} `;
  const room = width - displayWidth(between);
  const source = stream.source.length;
  const destination = stream.destination.length;
  const half = Math.floor(room / 2);
  const sourceRoom = Math.min(source, Math.max(half, room - destination));
  const destinationRoom = room - sourceRoom;
  return (
    shorten(stream.source, sourceRoom, ink.ellipsis, 'middle') +
    between +
    shorten(stream.destination, destinationRoom, ink.ellipsis, 'middle')
  );
}

function secondLine(stream: StreamAnalysis, ink: Ink, width: number): string {
  const peer = stream.relayedPeer === null ? '' : ` for ${stream.relayedPeer}`;
  const rest = `${GAP}${stream.transport}${peer}${GAP}${formatSsrc(stream.ssrc)}`;
  return endpoints(stream, ink, width - rest.length) + rest;
}

/** One meaning for the whole column: loss where any of these streams lost something, throughput otherwise. */
function chooseSpark(streams: readonly StreamAnalysis[], cells: number, unicode: boolean) {
  const span = sparkSpan(streams);
  if (span === null || cells < SPARK_WIDTHS.least) return null;
  const losing = streams.some((stream) => stream.lost > 0);
  const title = shorten(losing ? 'loss over time' : 'bitrate over time', cells, unicode ? '…' : '..');
  return { title, draw: (stream: StreamAnalysis) => drawStream(stream, span, cells, losing, unicode) };
}

function drawStream(stream: StreamAnalysis, span: SparkSpan, cells: number, losing: boolean, unicode: boolean): string {
  const { packets, bytes, lost } = stream.series;
  const share = (window: number) => (lost[window] === 0 ? 0 : lost[window] / (lost[window] + packets[window]));
  const values = sparkCells(stream, losing ? share : (window) => bytes[window], span, cells);
  const largest = values.reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  // Loss of all streams against at least 10 %, so that a single lost packet does not look like a disaster.
  return drawSparkline(values, losing ? Math.max(0.1, largest) : largest, { unicode, zeroIsBlank: losing });
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? padEnd(text, width) : padStart(text, width);
}
