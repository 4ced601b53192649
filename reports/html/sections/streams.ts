import type { Analysis } from '../../../analyzers/index.ts';
import { TIMELINE_SIGNS } from '../../charts/timeline-chart.ts';
import { countOf } from '../../text/figures.ts';
import { html, type Markup } from '../markup.ts';

const CHARTS = [
  ['loss', 'Packet loss', '% of the packets that a window should have had'],
  ['jitter', 'Jitter', 'ms, RFC 3550, mean of each window'],
  ['throughput', 'Throughput', 'bit/s of RTP header and payload'],
  ['delay', 'Delay variation', '% of the packets that came at most so much later than the fastest'],
  ['timeline', 'Time line', `the worst streams; ${TIMELINE_SIGNS}`],
] as const;

/** Frames for what the page's script fills: the table of streams and the charts of those that the reader chooses. */
export function streamsSections(analysis: Analysis): Markup | null {
  if (analysis.streams.length === 0) return null;
  return html`<section id="streams"><h2>Streams</h2>
<noscript><p class="note">The table of ${countOf(analysis.streams.length, 'stream')} and the charts need scripts to be allowed. They run within this page only.</p></noscript>
<form id="filter" class="toolbar" role="search">
<label>Filter <input id="filter-text" type="search" autocomplete="off" spellcheck="false" placeholder="video 10.0.0.7 loss>1" aria-describedby="filter-help"></label>
<label>Show <select id="filter-grade"><option value="">all</option><option value="trouble">with trouble</option><option value="chosen">chosen</option></select></label>
<output id="filter-count" aria-live="polite"></output>
</form>
<p id="filter-help" class="note">Words match id, media, address, SSRC and name; <code>loss&gt;1</code>, <code>jitter&gt;20</code>, <code>mos&lt;3.5</code>, <code>packets&gt;1000</code>, <code>bitrate&gt;1000000</code> compare. A tick puts a stream into the charts; its id opens all of its figures.</p>
<div class="box tall" tabindex="0" role="group" aria-label="Streams"><table id="stream-table"><caption>RTP streams, worst first</caption><thead></thead><tbody></tbody></table></div>
<p><button type="button" id="more-rows" hidden>Show more streams</button></p>
</section>
<section id="charts"><h2>Charts</h2>
<div class="toolbar sticky"><ul id="chosen" class="chips" aria-label="Streams in the charts"></ul>
<span class="zoom" role="group" aria-label="Time shown"><button type="button" id="zoom-in" aria-label="Zoom in">+</button><button type="button" id="zoom-out" aria-label="Zoom out">−</button><button type="button" id="zoom-left" aria-label="Earlier">←</button><button type="button" id="zoom-right" aria-label="Later">→</button><button type="button" id="zoom-reset">All</button></span></div>
<p class="note">Drag across a chart to zoom in, double-click for all of the time. With the keyboard: Tab to a chart, arrow keys to read values, + and − to zoom, 0 for all.</p>
<p id="charts-note" class="note" hidden></p>
<div class="charts">
${CHARTS.map(
  ([
    name,
    title,
    unit,
  ]) => html`<figure data-chart="${name}"><figcaption><strong>${title}</strong> <span class="note">${unit}</span></figcaption><div class="plot" tabindex="0" role="group" aria-label="${title}"></div></figure>
`,
)}</div>
</section>
`;
}
