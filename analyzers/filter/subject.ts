import type { FlowTable } from '../../captures/index.ts';

/** Kleene's three values: no, yes, and what is not known yet decides. */
export const Verdict = { no: 0, yes: 1, depends: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export type FilterProtocol = 'rtp' | 'rtcp' | 'stun' | 'dtls' | 'sip' | 'other';

/** What a filter is asked about, as far as it is known. One instance is filled again for each question. */
export class FilterSubject {
  flows: FlowTable;
  flow = 0;
  /** Null while it is not known. */
  protocol: FilterProtocol | null = null;
  /** Of RTP; meaningful where `protocol` is `rtp`. */
  ssrc = 0;
  /** Below 0 while it is not known. */
  payloadType = -1;
  /** The three that follow count only where this is true. */
  hasTime = false;
  seconds = 0;
  nanoseconds = 0;
  /** Since the first packet of the capture. */
  relativeNs = 0;

  constructor(flows: FlowTable) {
    this.flows = flows;
  }
}

/** A condition, compiled. */
export type Condition = (subject: FilterSubject) => Verdict;

export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 1) return conditions[0];
  return (subject) => {
    let verdict: Verdict = Verdict.yes;
    for (const condition of conditions) {
      const next = condition(subject);
      if (next === Verdict.no) return Verdict.no;
      if (next === Verdict.depends) verdict = Verdict.depends;
    }
    return verdict;
  };
}

export function anyOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 1) return conditions[0];
  return (subject) => {
    let verdict: Verdict = Verdict.no;
    for (const condition of conditions) {
      const next = condition(subject);
      if (next === Verdict.yes) return Verdict.yes;
      if (next === Verdict.depends) verdict = Verdict.depends;
    }
    return verdict;
  };
}

export function negated(condition: Condition): Condition {
  return (subject) => {
    const verdict = condition(subject);
    return verdict === Verdict.depends ? Verdict.depends : verdict === Verdict.yes ? Verdict.no : Verdict.yes;
  };
}

/**
 * A condition on the flow alone, asked once for each flow and then remembered: addresses become text for it, which would be
 * too slow for every packet.
 */
export function oncePerFlow(test: (flows: FlowTable, flow: number) => boolean): Condition {
  /** By flow: 0 where not asked yet, else the verdict + 1. */
  let known = new Uint8Array(64);
  let table: FlowTable | null = null;
  return ({ flows, flow }) => {
    if (table !== flows) {
      table = flows;
      known.fill(0);
    }
    if (flow >= known.length) {
      const grown = new Uint8Array(Math.max(flow + 1, known.length * 2));
      grown.set(known);
      known = grown;
    }
    if (known[flow] === 0) known[flow] = test(flows, flow) ? 2 : 1;
    return (known[flow] - 1) as Verdict;
  };
}
