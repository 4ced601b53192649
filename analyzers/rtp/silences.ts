import { SILENCE_AT } from './rows.ts';

/*
 * Silence suppression and DTX (RFC 3551, 4.1; RFC 7587, 3.1.3): the sender stops for a while. Numbers run on without a
 * hole, the timestamp jumps by the time that passed: a pause, no loss.
 */
/** A step of the timestamp is a pause from this many usual steps. */
const PAUSE_STEPS = 2;
const AGREEING_STEPS = 2;
/**
 * So many equal longer steps in a row, none longer than this multiple, are another packet time, not pauses. DTX sends an
 * update every 400 ms or so (RFC 7587): such steps stay pauses, however often they come.
 */
const CHANGED_STEPS = 8;
const LONGEST_CHANGE = 6;

const USUAL = SILENCE_AT;
const CANDIDATE = SILENCE_AT + 1;
const AGREEING = SILENCE_AT + 2;
const PAUSES = SILENCE_AT + 3;
const PAUSED_TICKS = SILENCE_AT + 4;

/** Counts the step of the timestamp between two packets of which the second follows the first by number. */
export function addStep(fields: Float64Array, at: number, step: number): void {
  if (step === fields[at + USUAL] || step <= 0) return;
  addUnusualStep(fields, at, step);
}

function addUnusualStep(fields: Float64Array, at: number, step: number): void {
  const usual = fields[at + USUAL];
  const agreeing = step === fields[at + CANDIDATE] ? fields[at + AGREEING] + 1 : 1;
  fields[at + CANDIDATE] = step;
  fields[at + AGREEING] = agreeing;
  if (usual > 0 && step >= usual * PAUSE_STEPS) {
    fields[at + PAUSES]++;
    fields[at + PAUSED_TICKS] += step - usual;
    if (agreeing >= CHANGED_STEPS && step <= usual * LONGEST_CHANGE) {
      fields[at + PAUSES] -= agreeing;
      fields[at + PAUSED_TICKS] -= agreeing * (step - usual);
      fields[at + USUAL] = step;
    }
  } else if (agreeing >= AGREEING_STEPS) {
    // A smaller step, or the first: usual once it comes twice in a row.
    fields[at + USUAL] = step;
  }
}

/** Timestamp ticks of one packet (0 where not known), number of pauses, and their ticks. */
export function silences(
  fields: Float64Array,
  at: number,
): { readonly usualTicks: number; readonly pauses: number; readonly pausedTicks: number } {
  return { usualTicks: fields[at + USUAL], pauses: fields[at + PAUSES], pausedTicks: fields[at + PAUSED_TICKS] };
}
