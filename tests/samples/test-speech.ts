/*
 * A voice that says nothing, computed: pulses of a glottis at a wandering pitch through three formants (second-order
 * resonators), in syllables with pauses between them.
 */
export const SAMPLE_RATE = 48_000;

/** Formants in Hz of five vowels, after the averages that phonetics books give for a man's voice. */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;
const BANDWIDTHS_HZ = [80, 100, 140] as const;
const SYLLABLE_SECONDS = 0.25;
const PITCH_HZ = 118;
const PEAK = 0.5;

/** How open the mouth is, 0 to 1: each syllable swells and fades, every eighth is a pause. */
function envelope(seconds: number): number {
  const syllable = Math.floor(seconds / SYLLABLE_SECONDS);
  if (syllable % 8 === 7) return 0;
  return Math.sin(Math.PI * ((seconds / SYLLABLE_SECONDS) % 1)) ** 0.5;
}

/** @returns 16-bit samples, at 48 kHz, mono. */
export function speechSamples(seconds: number): Int16Array {
  const count = seconds * SAMPLE_RATE;
  const voice = new Float64Array(count);
  const state = BANDWIDTHS_HZ.map(() => [0, 0]);
  let phase = 0;
  for (let at = 0; at < count; at++) {
    const time = at / SAMPLE_RATE;
    phase += (PITCH_HZ * (1 + 0.08 * Math.sin(2 * Math.PI * 1.5 * time))) / SAMPLE_RATE;
    if (phase >= 1) phase -= 1;
    // A glottal pulse: open for 40 % of the period, closing fast.
    const source = phase < 0.4 ? Math.sin((Math.PI * phase) / 0.4) ** 2 - 0.2 : -0.2;
    const vowel = VOWELS[Math.floor(time / SYLLABLE_SECONDS) % VOWELS.length];
    let sum = 0;
    for (let formant = 0; formant < vowel.length; formant++) {
      const radius = Math.exp((-Math.PI * BANDWIDTHS_HZ[formant]) / SAMPLE_RATE);
      const [one, two] = state[formant];
      const next =
        (1 - radius) * source +
        2 * radius * Math.cos((2 * Math.PI * vowel[formant]) / SAMPLE_RATE) * one -
        radius ** 2 * two;
      state[formant] = [next, one];
      sum += next / (formant + 1);
    }
    voice[at] = sum * envelope(time);
  }
  const loudest = voice.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  return Int16Array.from(voice, (sample) => Math.round((sample / loudest) * PEAK * 32767));
}

/** @returns the level of samples as RFC 6464 has it: 0 the loudest, 127 silence, in -dBov. */
export function levelOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += (sample / 32768) ** 2;
  const rms = Math.sqrt(sum / samples.length);
  return rms === 0 ? 127 : Math.min(127, Math.max(0, Math.round(-20 * Math.log10(rms))));
}
