/** Vega-Lite's configuration for all charts: quiet axes, room for the data, fonts that a machine is likely to have. */
export const CHART_CONFIG = {
  font: 'DejaVu Sans, Verdana, Segoe UI, Helvetica, Arial, sans-serif',
  background: '#ffffff',
  padding: 12,
  view: { stroke: null },
  title: { anchor: 'start', fontSize: 15, fontWeight: 600, subtitleFontSize: 11, subtitleColor: '#555555', offset: 10 },
  axis: {
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: '#333333',
    titleColor: '#333333',
    gridColor: '#e4e4e4',
    domainColor: '#9a9a9a',
    tickColor: '#9a9a9a',
  },
  legend: { labelFontSize: 11, symbolStrokeWidth: 2.5, symbolSize: 260, labelLimit: 420, orient: 'bottom', columns: 2 },
  line: { strokeWidth: 1.8, strokeJoin: 'round' },
} as const;

/** Size of the plot itself, in pixels. */
export const CHART_WIDTH = 900;
export const CHART_HEIGHT = 260;

/** Ticks of time that can be read without those beside them: `05:12:35`, not `:35`. */
export const CLOCK_LABELS = {
  year: '%Y',
  quarter: '%b %Y',
  month: '%b %Y',
  week: '%b %d',
  date: '%b %d',
  hours: '%H:%M',
  minutes: '%H:%M',
  seconds: '%H:%M:%S',
  milliseconds: '%H:%M:%S.%L',
};
