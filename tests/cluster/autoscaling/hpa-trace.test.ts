import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type AutoscalerDecision, decide, INITIAL_STATE } from '../../../cluster/index.ts';
import { readTrace, type TracedSync } from './hpa-trace.ts';

/*
 * Recordings of a real cluster stand beside the project, not in it. HPA_TRACE=FILE replays another one; HPA_TRACE_REQUEST is what
 * its pods request, in thousandths of a core (100 where not given).
 */
const folder = fileURLToPath(new URL('../../../../shared/hpa-traces/', import.meta.url));
const named = process.env['HPA_TRACE'];
const requestMilli = Number(process.env['HPA_TRACE_REQUEST'] ?? 100);
const traces = named !== undefined ? [named] : existsSync(folder) ? jsonLines(folder) : [];

function jsonLines(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(path, name));
}

interface Replayed {
  readonly sync: TracedSync;
  readonly decision: AutoscalerDecision;
}

/** Decides at each sync of the trace by what the real autoscaler saw. */
function replay(path: string): Replayed[] {
  const { spec, syncs } = readTrace(path, requestMilli);
  let state = INITIAL_STATE;
  return syncs.map((sync) => {
    // The sync lies between two seconds of the recording; the utilisation that it published tells which of them it saw.
    const attempts = sync.inputs.map((inputs) => decide(spec, state, inputs));
    const fits = ({ decision }: { decision: AutoscalerDecision }) =>
      (decision.proposal?.utilization ?? null) === sync.utilization;
    const chosen = attempts.find(fits) ?? attempts[0];
    state = chosen.state;
    return { sync, decision: chosen.decision };
  });
}

const missing = traces.length === 0 ? ` (SKIPPED: no traces at ${folder})` : '';

describe.skipIf(traces.length === 0)(`hpa-trace: decisions of a real HorizontalPodAutoscaler${missing}`, () => {
  it.each(traces.map((path) => [basename(path), path]))('%s: the same decisions from the same inputs', (_, path) => {
    const replayed = replay(path);
    expect(replayed.length).toBeGreaterThan(4);
    const ours = replayed.map(({ sync, decision }) => ({
      line: sync.line,
      utilization: decision.proposal?.utilization ?? null,
      desired: decision.blind === null ? decision.desired : 'unable to decide',
    }));
    const theirs = replayed.map(({ sync }) => ({
      line: sync.line,
      utilization: sync.utilization,
      desired: sync.conditions['ScalingActive'] === 'ValidMetricFound' ? sync.desired : 'unable to decide',
    }));
    expect(ours).toEqual(theirs);
  });

  it.each(traces.map((path) => [basename(path), path]))('%s: held back by the same rule', (_, path) => {
    for (const { sync, decision } of replay(path)) {
      if (decision.blind !== null) continue;
      const { AbleToScale: able, ScalingLimited: limited } = sync.conditions;
      // A rescale overwrites what the condition said of the window.
      if (able !== 'SucceededRescale')
        expect([sync.line, decision.heldBack ?? 'ReadyForNewScale']).toEqual([sync.line, able]);
      expect([sync.line, decision.limitedBy ?? 'DesiredWithinRange']).toEqual([sync.line, limited]);
    }
  });
});

// A file without a test would fail, and the list above is empty then.
if (traces.length === 0) it.skip(`hpa-trace is there to be replayed${missing}`);
