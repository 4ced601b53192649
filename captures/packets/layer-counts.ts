import { LAYER_NAMES, type Layer } from './layers/layer.ts';

/** More stacks of layers than any network builds; beyond it a hostile capture's packets count at the layer above. */
const MOST_NODES = 4096;

/** Counts packets by their stack of layers: a tree whose nodes are layers, the protocol hierarchy of a capture. */
export class LayerCounts {
  readonly #parents: number[] = [-1];
  readonly #layers: Layer[] = [0];
  readonly #packets: number[] = [0];
  readonly #children = new Map<number, number>();

  /** The node of a stack of which nothing is known yet. */
  static readonly root = 0;

  /** @returns the node for `layer` inside the stack `node`. */
  child(node: number, layer: Layer): number {
    if (LAYER_NAMES[layer] === null) return node;
    const key = node * 256 + layer;
    let child = this.#children.get(key);
    if (child === undefined) {
      if (this.#parents.length >= MOST_NODES) return node;
      child = this.#parents.push(node) - 1;
      this.#layers.push(layer);
      this.#packets.push(0);
      this.#children.set(key, child);
    }
    return child;
  }

  /** Counts packets whose walk ended at `node`. */
  add(node: number, packets: number): void {
    this.#packets[node] += packets;
  }

  /**
   * Packets by stack, such as `eth/ip/udp`: each stack counts all packets that hold it, however deep they go on.
   * @param more packets by node, to count in as well.
   */
  toRecord(more: Iterable<readonly [node: number, packets: number]> = []): Record<string, number> {
    const totals = [...this.#packets];
    for (const [node, packets] of more) totals[node] += packets;
    for (let node = totals.length - 1; node > 0; node--) totals[this.#parents[node]] += totals[node];
    const names: string[] = [''];
    const counts: Record<string, number> = {};
    for (let node = 1; node < totals.length; node++) {
      const above = names[this.#parents[node]];
      const name = LAYER_NAMES[this.#layers[node]] as string;
      names.push(above === '' ? name : `${above}/${name}`);
      if (totals[node] > 0) counts[names[node]] = totals[node];
    }
    return counts;
  }
}
