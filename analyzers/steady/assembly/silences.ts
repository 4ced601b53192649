/* As analyzers/rtp/silences.ts, which says what it is about. */
import { SILENCE_AT } from '../../rtp/row-layout';
import { get, set } from './row';

const USUAL: i32 = SILENCE_AT;
const CANDIDATE: i32 = SILENCE_AT + 1;
const AGREEING: i32 = SILENCE_AT + 2;
const PAUSES: i32 = SILENCE_AT + 3;
const PAUSED_TICKS: i32 = SILENCE_AT + 4;

export function addStep(fields: usize, ticks: i32): void {
  const step = <f64>ticks;
  const usual = get(fields, USUAL);
  if (step == usual || ticks <= 0) return;
  const agreeing = step == get(fields, CANDIDATE) ? get(fields, AGREEING) + 1 : 1;
  set(fields, CANDIDATE, step);
  set(fields, AGREEING, agreeing);
  if (usual > 0 && step >= usual * 2) {
    set(fields, PAUSES, get(fields, PAUSES) + 1);
    set(fields, PAUSED_TICKS, get(fields, PAUSED_TICKS) + (step - usual));
    if (agreeing >= 8 && step <= usual * 6) {
      set(fields, PAUSES, get(fields, PAUSES) - agreeing);
      set(fields, PAUSED_TICKS, get(fields, PAUSED_TICKS) - agreeing * (step - usual));
      set(fields, USUAL, step);
    }
  } else if (agreeing >= 2) {
    set(fields, USUAL, step);
  }
}
