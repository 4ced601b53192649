import type { Call } from './call.ts';
import { type Quality, qualityOf, Statistics, type StreamFigures } from './statistics.ts';
import type { Tiles } from './tiles.ts';

const QUALITY_WORDS: Readonly<Record<Quality, string>> = {
  good: 'Good quality',
  fair: 'Fair quality',
  poor: 'Poor quality',
  unknown: 'Quality not known',
};

/** The table of streams, and the marks on the tiles. */
export class StatisticsPanel {
  readonly #rows: HTMLElement;
  readonly #path: HTMLElement;
  readonly #statistics = new Statistics();

  constructor(rows: HTMLElement, path: HTMLElement) {
    this.#rows = rows;
    this.#path = path;
  }

  async update(call: Call, tiles: Tiles, isOpen: boolean): Promise<void> {
    const { peer, roster } = call;
    if (peer === null) return;
    const streams = await this.#statistics.look(peer);
    const names = new Map<string, string>();
    for (const { id, name, tracks } of roster.people.values()) {
      for (const track of tracks.values()) names.set(track.id, `${name}, ${track.source}`);
      const own = streams.filter(({ direction, trackId }) => direction === 'in' && tracks.has(trackId));
      const quality = qualityOf(own);
      tiles.setQuality(id, quality, `${QUALITY_WORDS[quality]}${detailsOf(own)}`);
    }
    if (!isOpen) return;
    this.#rows.replaceChildren(...streams.map((stream) => rowOf(stream, names.get(stream.trackId))));
    const { roundTripMs } = this.#statistics;
    this.#path.textContent =
      roundTripMs === null ? 'Round trip not known yet.' : `Round trip to the server: ${roundTripMs.toFixed(0)} ms.`;
  }
}

function detailsOf(streams: readonly StreamFigures[]): string {
  const known = streams.filter(({ lostPercent }) => lostPercent !== null);
  if (known.length === 0) return '';
  const lost = Math.max(...known.map(({ lostPercent }) => lostPercent ?? 0));
  const jitter = Math.max(...known.map(({ jitterMs }) => jitterMs ?? 0));
  return `: ${lost.toFixed(1)} % lost, jitter ${jitter.toFixed(0)} ms`;
}

function rowOf(stream: StreamFigures, name: string | undefined): HTMLTableRowElement {
  const { direction, bitrateKbps, lostPercent, jitterMs, picture, frames, framesPerSecond, kind } = stream;
  const row = document.createElement('tr');
  row.dataset['direction'] = direction;
  row.dataset['kind'] = kind;
  row.dataset['name'] = name ?? '';
  const rate = framesPerSecond === null ? '' : ` ${framesPerSecond.toFixed(0)}/s`;
  for (const [stat, text] of [
    ['name', direction === 'out' ? `You, ${kind}` : (name ?? kind)],
    ['bitrate', bitrateKbps === null ? '–' : bitrateKbps.toFixed(0)],
    ['lost', lostPercent === null ? '–' : `${lostPercent.toFixed(1)} %`],
    ['jitter', jitterMs === null ? '–' : `${jitterMs.toFixed(0)} ms`],
    ['picture', picture === null ? '–' : `${picture}${rate}`],
    ['frames', frames === null ? '–' : String(frames)],
  ]) {
    const cell = row.insertCell();
    cell.dataset['stat'] = stat;
    cell.textContent = text;
  }
  return row;
}
