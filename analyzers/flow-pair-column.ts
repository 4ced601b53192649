import type { FlowTable } from '../captures/index.ts';

const FIRST_FLOWS = 256;

/**
 * One number for each pair of opposite flows, -1 where none was set. A direction of which nothing was seen has no number
 * in the flow table; when it appears it takes over what the other direction has. What is set of a pair is lost when the flow
 * table forgets both: hold one of them where it must not be.
 */
export class FlowPairColumn {
  readonly #flows: FlowTable;
  #values = new Int32Array(0);

  constructor(flows: FlowTable) {
    this.#flows = flows;
    flows.onForgotten((flow) => {
      if (flow < this.#values.length) this.#values[flow] = -1;
    });
  }

  get(flow: number): number {
    const own = flow < this.#values.length ? this.#values[flow] : -1;
    if (own !== -1) return own;
    const reverse = this.#flows.reverseOf(flow);
    if (reverse < 0 || reverse >= this.#values.length) return -1;
    const other = this.#values[reverse];
    if (other !== -1) this.#put(flow, other);
    return other;
  }

  set(flow: number, value: number): void {
    this.#put(flow, value);
    const reverse = this.#flows.reverseOf(flow);
    if (reverse >= 0) this.#put(reverse, value);
  }

  #put(flow: number, value: number): void {
    if (flow >= this.#values.length) {
      const grown = new Int32Array(Math.max(FIRST_FLOWS, this.#values.length * 2, flow + 1)).fill(-1);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[flow] = value;
  }
}
