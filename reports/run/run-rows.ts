import type { Comparison, RunReport } from '../../analyzers/index.ts';
import {
  formatBitrate,
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatScore,
  formatSeconds,
} from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { phaseName, type RowsOfText } from './state-rows.ts';

export const AUTOSCALING_TITLE = 'What autoscaling changed';

/** Null also where it would say the same as the comparison of all phases. */
export function autoscalingShown({ comparison, autoscalingComparison }: RunReport): Comparison | null {
  return (comparison?.sides.length ?? 0) > 2 ? autoscalingComparison : null;
}

/** The phases of a run as a table for people. */
export function phaseRows({ phases }: RunReport): RowsOfText {
  return {
    titles: [
      'Phase',
      'Autoscaling',
      'Length',
      'Participants',
      'Not let in',
      'Streams',
      'Packets',
      'Loss',
      'Loss to clients',
      'Jitter (ms)',
      'p95 over streams',
      'Delay var. (ms)',
      'Forwarding p95 (ms)',
      'Throughput',
      'Freezes',
      'Join p95 (ms)',
      'HTTP p95 (ms)',
      'HTTP 1/s',
      'MOS',
    ],
    align: 'llrrrrrrrrrrrrrrrrr',
    rows: phases.map((phase) => [
      phaseName(phase),
      phase.autoscaling === null ? '-' : phase.autoscaling ? 'on' : 'off',
      formatSeconds(phase.seconds),
      formatCount(phase.participants?.max ?? null),
      formatCount(phase.participants === null ? null : phase.clientJoins.failed),
      formatCount(phase.streams),
      formatCount(phase.packets),
      formatPercent(phase.lossPercent),
      formatPercent(phase.clientLossPercent),
      formatMs(phase.jitterMs),
      formatMs(phase.overStreams.jitterMs?.p95 ?? null),
      formatMs(phase.delayVariationMs),
      formatMs(phase.forwarding?.p95Ms ?? null),
      formatBitrate(phase.bitrateBps),
      formatCount(phase.freezes),
      formatMs(phase.clientJoins.ms?.p95 ?? phase.joinP95Ms),
      formatMs(phase.http?.ms?.p95 ?? null),
      phase.http?.perSecond == null ? '-' : phase.http.perSecond.toFixed(1),
      formatScore(phase.mos),
    ]),
  };
}

/** Streams whose faults are known beside what was captured of them; those that differ first. */
export function injectedRows({ injected }: RunReport): RowsOfText {
  const count = (value: number | null) => formatCount(value);
  return {
    titles: [
      ...['Client', 'Stream', '', 'Dropped', 'Lost in capture', 'Missing', 'Sent twice', 'captured'],
      ...['Out of order', 'captured', 'Jitter left (ms)', 'captured'],
      ...['Delay (ms)', 'measured', 'As injected'],
    ],
    align: 'lllrrrrrrrrrrrl',
    rows: [...injected]
      .sort((a, b) => Number(a.agrees ?? false) - Number(b.agrees ?? false))
      .slice(0, INJECTED_SHOWN)
      .map((one) => [
        visible(one.client),
        one.stream ?? '-',
        `${visible(one.kind ?? '')} ${one.direction}`,
        count(one.droppedPackets),
        count(one.capturedLost),
        count(one.missingPackets),
        count(one.duplicatedPackets),
        count(one.capturedDuplicates),
        count(one.leftReordered),
        count(one.capturedReordered),
        formatMs(one.leftJitterMs),
        formatMs(one.capturedJitterMs),
        formatMs(one.direction === 'sent' ? one.delayMs : null),
        formatMs(one.measuredDelayMs),
        one.agrees === null ? 'not captured' : one.agrees ? 'yes' : 'no',
      ]),
  };
}

const INJECTED_SHOWN = 40;

/** CPU and memory of each node and pod in each phase. */
export function resourceRows({ phases }: RunReport): RowsOfText {
  return {
    titles: ['Phase', 'Of', 'CPU mean (cores)', 'CPU max', 'Memory mean', 'Memory max'],
    align: 'llrrrr',
    rows: phases.flatMap((phase) =>
      phase.resources
        .filter(({ cpuCores, memoryBytes }) => cpuCores !== null || memoryBytes !== null)
        .slice(0, 40)
        .map(({ kind, name, cpuCores, memoryBytes }) => [
          phaseName(phase),
          `${visible(kind)} ${visible(name)}`,
          cpuCores?.mean.toFixed(3) ?? '-',
          cpuCores?.max.toFixed(3) ?? '-',
          formatBytes(memoryBytes?.mean ?? null),
          formatBytes(memoryBytes?.max ?? null),
        ]),
    ),
  };
}

export function runFacts({ run }: RunReport): [string, string][] {
  const words = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? visible(String(value)) : null;
  const facts: [string, string | null][] = [
    ['Run', run.name === null ? null : visible(run.name)],
    ['Driver', run.driver],
    ['Time', run.startTime === null ? null : `${run.startTime} to ${run.endTime ?? 'unknown'}`],
    [
      'Nodes',
      run.nodes.length === 0
        ? null
        : run.nodes.map(({ name, role }) => visible(role === null ? name : `${name} (${role})`)).join(', '),
    ],
    [
      'Host',
      run.host === null
        ? null
        : [run.host['name'], run.host['os'], run.host['cpus'] === undefined ? null : `${run.host['cpus']} CPUs`]
            .map(words)
            .filter((one) => one !== null)
            .join(', '),
    ],
    [
      'Versions',
      run.versions === null
        ? null
        : Object.entries(run.versions)
            .map(([name, value]) => [visible(name), words(value)])
            .filter(([, value]) => value !== null)
            .map((pair) => pair.join(' '))
            .join(', '),
    ],
  ];
  return facts.flatMap(([label, text]) => (text === null || text === '' ? [] : [[label, text] as [string, string]]));
}
