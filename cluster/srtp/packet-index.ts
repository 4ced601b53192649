/**
 * The index i = 2^16 * ROC + SEQ of a packet, by RFC 3711 section 3.3.1 and appendix A: of the three numbers with this sequence number next
 * to the highest index so far, the nearest. Below zero there is none.
 *
 * @param highest the highest authenticated index, or -1 before the first packet, whose rollover counter is then 0
 */
export function estimateIndex(highest: number, sequenceNumber: number): number {
  if (highest < 0) return sequenceNumber;
  const last = highest % 65536;
  const rollover = highest - last;
  if (last < 32768) {
    return sequenceNumber - last > 32768 && rollover > 0
      ? rollover - 65536 + sequenceNumber
      : rollover + sequenceNumber;
  }
  return last - 32768 > sequenceNumber ? rollover + 65536 + sequenceNumber : rollover + sequenceNumber;
}
