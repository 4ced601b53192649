import { LINE_STYLES } from '../../charts/palette.ts';

/** Which streams the charts show, each in a slot of its own: the slot is its colour and stays while it is chosen. */
export class ChosenStreams {
  readonly #slots: (string | null)[] = LINE_STYLES.map(() => null);
  readonly #listeners: (() => void)[] = [];

  /** Ids by slot, null for a free one. */
  get slots(): readonly (string | null)[] {
    return this.#slots;
  }

  slotOf(id: string): number | null {
    const slot = this.#slots.indexOf(id);
    return slot < 0 ? null : slot;
  }

  /** @returns false where all slots are taken. */
  add(id: string): boolean {
    if (this.#slots.includes(id)) return true;
    const free = this.#slots.indexOf(null);
    if (free < 0) return false;
    this.#slots[free] = id;
    this.#tell();
    return true;
  }

  remove(id: string): void {
    const slot = this.#slots.indexOf(id);
    if (slot < 0) return;
    this.#slots[slot] = null;
    this.#tell();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
