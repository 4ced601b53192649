/** What the E-model knows of a codec. */
export interface CodecImpairment {
  /** Equipment impairment factor without loss, Ie. */
  readonly ie: number;
  /** Packet-loss robustness factor, Bpl; null where none is published: then nothing is said once packets are lost. */
  readonly bpl: number | null;
  /** `itu`: both from G.113, appendix I. `assumed`: see docs/rfc-notes.md for what and why. */
  readonly basis: 'itu' | 'assumed';
}

const itu = (ie: number, bpl: number | null): CodecImpairment => ({ ie, bpl, basis: 'itu' });
const assumed = (ie: number, bpl: number): CodecImpairment => ({ ie, bpl, basis: 'assumed' });

/** G.711 with the concealment of its appendix I, which receivers of today have; without it Bpl is 4.3. */
const G711_BPL = 25.1;

/** By the name in SDP, in upper case. ITU-T G.113 (11/2007), appendix I, tables I.1 and I.4. */
const CODECS = new Map<string, CodecImpairment>([
  ['PCMU', itu(0, G711_BPL)],
  ['PCMA', itu(0, G711_BPL)],
  // Bpl of G.729 Annex A with silence suppression, the only one published.
  ['G729', itu(10, 19)],
  ['G723', itu(15, 16.1)],
  ['GSM-EFR', itu(5, 10)],
  // Its mode of 12.2 kbit/s is GSM-EFR.
  ['AMR', itu(5, 10)],
  ['GSM', itu(20, null)],
  ['GSM-HR-08', itu(23, null)],
  ['G726-40', itu(2, null)],
  ['G726-32', itu(7, null)],
  ['G726-24', itu(25, null)],
  ['G726-16', itu(50, null)],
  ['G728', itu(7, null)],
  ['ILBC', assumed(10, 20)],
  // Wideband and fullband codecs, rated on the narrowband scale, where they cannot be better than G.711.
  ['OPUS', assumed(0, G711_BPL)],
  ['G722', assumed(0, G711_BPL)],
  ['AMR-WB', assumed(0, G711_BPL)],
]);

/** @returns null for a codec of which nothing is known, telephone events and comfort noise among them. */
export function codecImpairment(codec: string): CodecImpairment | null {
  return CODECS.get(codec.toUpperCase()) ?? null;
}
