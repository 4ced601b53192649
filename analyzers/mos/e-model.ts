/*
 * The E-model (ITU-T G.107, 06/2015): R = Ro - Is - Id - Ie,eff + A. All that a capture tells nothing of stands at the
 * defaults of its table 3; what is left to vary is delay and loss. Numbers in brackets are the equations of clause 7.
 */

/** Table 3: loudness in dB, noise in dBm0p and dB(A), the rest as named there. */
const SLR = 8;
const RLR = 2;
const STMR = 15;
const DS = 3;
const DR = 3;
const TELR = 65;
const WEPL = 110;
const QDU = 1;
const NC = -70;
const NFOR = -64;
const PS = 35;
const PR = 35;
/** Delay that nobody notices, in ms, and sensitivity to it: the defaults of table 3. */
const MT_MS = 100;
const ST = 1;

const OLR = SLR + RLR;
const LSTR = STMR + DR;

const log10 = Math.log10;
const powerOf = (decibel: number): number => 10 ** (decibel / 10);

/** Noise of circuit, rooms and line together, referred to 0 dBr [7-3 to 7-7]. */
function noise(): number {
  const send = PS - SLR - DS - 100 + 0.004 * (PS - OLR - DS - 14) ** 2;
  const effectiveRoom = PR + 10 * log10(1 + powerOf(10 - LSTR));
  const receive = RLR - 121 + effectiveRoom + 0.008 * (effectiveRoom - 35) ** 2;
  const floor = NFOR + RLR;
  return 10 * log10(powerOf(NC) + powerOf(send) + powerOf(receive) + powerOf(floor));
}

const NO = noise();
/** Basic signal-to-noise ratio [7-2]. */
const RO = 15 - 1.5 * (SLR + NO);

/** Impairments that come with the voice: too loud a connection, sidetone, quantising [7-8 to 7-17]. */
function simultaneousImpairment(): number {
  const loud = OLR + 0.2 * (64 + NO - RLR);
  const tooLoud = 20 * ((1 + (loud / 8) ** 8) ** (1 / 8) - loud / 8);
  // Without delay the echo adds to the sidetone [7-11].
  const sidetone = -10 * log10(powerOf(-STMR) + powerOf(-TELR));
  const offSidetone =
    12 * (1 + ((sidetone - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((sidetone + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((sidetone - 3) / 33) ** 13) ** (1 / 13) +
    29;
  const q = 37 - 15 * log10(QDU);
  const g = 1.07 + 0.258 * q + 0.0602 * q ** 2;
  const y = (RO - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46 / 30 - g / 40;
  const quantising = 15 * log10(1 + 10 ** y + 10 ** z);
  return tooLoud + offSidetone + quantising;
}

const IS = simultaneousImpairment();

/**
 * Impairment by delay, Id [7-18 to 7-28]: echo to the talker, echo to the listener, and waiting.
 *
 * @param delayMs one way, mouth to ear (T = Ta = Tr / 2).
 */
export function delayImpairment(delayMs: number): number {
  const echoLoss = TELR - 40 * log10((1 + delayMs / 10) / (1 + delayMs / 150)) + 6 * Math.exp(-0.3 * delayMs ** 2);
  const roe = -1.5 * (NO - RLR);
  const re = 80 + 2.5 * (echoLoss - 14);
  const talker = ((roe - re) / 2 + Math.sqrt((roe - re) ** 2 / 4 + 100) - 1) * (1 - Math.exp(-delayMs));
  const rle = 10.5 * (WEPL + 7) * (2 * delayMs + 1) ** -0.25;
  const listener = (RO - rle) / 2 + Math.sqrt((RO - rle) ** 2 / 4 + 169);
  // With delays of a few ms the equation for the talker falls below zero by 0.2, which no echo does.
  return Math.max(0, talker) + listener + waitingImpairment(delayMs);
}

/** Idd [7-27, 7-28]: what delay costs even where no echo returns. */
export function waitingImpairment(delayMs: number): number {
  if (delayMs <= MT_MS) return 0;
  const x = Math.log2(delayMs / MT_MS);
  const power = 6 * ST;
  return 25 * ((1 + x ** power) ** (1 / power) - 3 * (1 + (x / 3) ** power) ** (1 / power) + 2);
}

/**
 * Ie,eff [7-29]: impairment by the codec and by packets lost.
 *
 * @param ie the codec's impairment without loss. @param bpl its robustness against loss (G.113).
 * @param burstRatio mean length of loss runs over that of random loss; 1 for random loss.
 */
export function lossImpairment(ie: number, bpl: number, lossPercent: number, burstRatio: number): number {
  return Math.min(95, ie + ((95 - ie) * lossPercent) / (lossPercent / burstRatio + bpl));
}

/** The transmission rating R of a connection; A, the allowance for convenience, is 0. */
export function ratingFactor(oneWayDelayMs: number, effectiveImpairment: number): number {
  return RO - IS - delayImpairment(oneWayDelayMs) - effectiveImpairment;
}

/** Mean opinion score, 1 to 4.5, of a rating (annex B). */
export function mosOfRating(rFactor: number): number {
  if (rFactor <= 0) return 1;
  if (rFactor >= 100) return 4.5;
  // Below 6.5 the cubic dips under 1, the worst that a listener can say.
  return Math.max(1, 1 + 0.035 * rFactor + rFactor * (rFactor - 60) * (100 - rFactor) * 7e-6);
}
