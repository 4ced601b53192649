import { formatSsrc } from '../../text/figures.ts';
import type { ReportStream } from '../report-data.ts';
import { GRADE_WORDS, mediaOf } from './stream-columns.ts';

type Test = (stream: ReportStream) => boolean;

const FIGURES: Readonly<Record<string, (stream: ReportStream) => number | null>> = {
  loss: (stream) => stream.lostPercent,
  lost: (stream) => stream.lost,
  jitter: (stream) => stream.jitterMs?.mean ?? null,
  mos: (stream) => stream.mos,
  packets: (stream) => stream.packets,
  bitrate: (stream) => stream.bitrateBps.mean,
};

/** All words of the text must hold: `video 10.0.0.7 loss>1`. A comparison with something unknown does not hold. */
export function streamFilter(text: string): Test {
  const tests = text.trim().toLowerCase().split(/\s+/).filter(Boolean).map(wordTest);
  return (stream) => tests.every((test) => test(stream));
}

function wordTest(word: string): Test {
  const [, name, sign, limitText] = /^([a-z]+)([<>])(\d+(?:\.\d+)?)$/.exec(word) ?? [];
  const figure = FIGURES[name];
  if (figure !== undefined) {
    const limit = Number(limitText);
    return (stream) => {
      const value = figure(stream);
      return value !== null && (sign === '>' ? value > limit : value < limit);
    };
  }
  return (stream) => searchText(stream).includes(word);
}

function searchText(stream: ReportStream): string {
  return [
    stream.id,
    mediaOf(stream),
    GRADE_WORDS[stream.grade],
    stream.source,
    stream.destination,
    stream.transport,
    stream.relayedPeer ?? '',
    formatSsrc(stream.ssrc),
    String(stream.ssrc),
    stream.cname ?? '',
    stream.session ?? '',
  ]
    .join(' ')
    .toLowerCase();
}
