/*! The charts are drawn by Vega, copyright 2015-2023 University of Washington Interactive Data Lab, BSD-3-Clause; it holds parts of D3, copyright 2010-2023 Mike Bostock, ISC. */
import './report-client.css';
import type { ReportData } from '../report-data.ts';
import { setUpCharts } from './charts.ts';
import { ChosenStreams } from './chosen-streams.ts';
import { byId } from './dom.ts';
import { StreamTable } from './stream-table.ts';
import { setUpTheme } from './theme.ts';

/** Enough to compare, few enough to tell apart without looking twice. */
const CHOSEN_AT_FIRST = 4;

setUpTheme();
const data = JSON.parse(byId('data').textContent ?? '') as ReportData;
if (data.streams.length > 0) {
  const chosen = new ChosenStreams();
  for (const stream of data.streams.slice(0, CHOSEN_AT_FIRST)) if (stream.lines !== null) chosen.add(stream.id);
  const table = new StreamTable(data, chosen);
  const reveal = (id: string) => table.reveal(id);
  for (const link of document.querySelectorAll<HTMLElement>('[data-stream]')) {
    link.addEventListener('click', () => reveal(link.dataset['stream'] as string));
  }
  setUpCharts(data, chosen, reveal);
}
document.documentElement.dataset['ready'] = 'true';
