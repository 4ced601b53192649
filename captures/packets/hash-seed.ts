/**
 * 32 bits that whoever made a capture cannot guess: they never see a number of this run, whose generator the system's entropy
 * seeds. (`node:crypto` takes longer to load than many a capture to read.)
 */
export function newHashSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
