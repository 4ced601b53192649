const RATE = 48_000;
const SECONDS = 4;
/** Formants of an "a", in Hz, with the width of each. */
const FORMANTS = [
  [730, 90],
  [1090, 110],
  [2440, 170],
] as const;

/** Syllables of a voice, loud enough to count as speech: what a microphone gives when somebody talks on and on. */
export function speechWav(): Buffer {
  const samples = Float64Array.from({ length: RATE * SECONDS }, (_, index) => voiceAt(index / RATE));
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const wav = Buffer.alloc(44 + samples.length * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples.length * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => {
    wav.writeInt16LE(Math.round((sample / peak) * 30_000), 44 + index * 2);
  });
  return wav;
}

/** Harmonics of a pitch that wanders, weighed by the formants, four syllables a second. */
function voiceAt(seconds: number): number {
  const pitchHz = 120;
  const wander = 3 * Math.sin(2 * Math.PI * 0.7 * seconds);
  let sum = 0;
  for (let harmonic = 1; harmonic <= 30; harmonic++) {
    const frequency = pitchHz * harmonic;
    const weight = FORMANTS.reduce(
      (total, [centre, width]) => total + 1 / (1 + ((frequency - centre) / width) ** 2),
      0.05,
    );
    sum += weight * Math.sin(2 * Math.PI * frequency * seconds + harmonic * wander);
  }
  return sum * (0.25 + 0.75 * Math.abs(Math.sin(Math.PI * 4 * seconds)));
}
