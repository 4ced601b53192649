import type { FlowTable } from '../../captures/index.ts';
import type { StreamAnalysis, StreamKind } from '../analysis.ts';
import type { PayloadDescription, SdpKnowledge } from '../sdp/sdp-knowledge.ts';
import type { ClockRateInference } from './clock-rate-judgement.ts';
import type { RateSource, RtpStreams } from './rtp-streams.ts';
import { staticPayloadType } from './static-payload-types.ts';

/** Types of RFC 4733 and RFC 3389 that travel within a stream without being its codec. */
const BESIDE_THE_CODEC = /^(telephone-event|X-NSE|CN)$/i;
/** Cisco's named signalling events (X-NSE) are made like those of RFC 4733. */
const EVENT = /^(telephone-event|X-NSE)$/i;
/** RFC 3389, comfort noise, by its static number. */
const COMFORT_NOISE = 13;

/** What is known of a stream's payload, and from where. */
export interface PayloadFacts {
  readonly payloadTypes: readonly number[];
  readonly kind: StreamKind;
  readonly kindSource: string | null;
  readonly codec: string | null;
  readonly codecSource: StreamAnalysis['codecSource'];
  readonly clockRate: number | null;
  readonly clockRateSource: StreamAnalysis['clockRateSource'];
  readonly clockRateConfidence: number | null;
  /** Of the payload types that neither SDP nor the static table knows; null where there are none, or nothing tells. */
  readonly inferredRate: number | null;
  readonly encrypted: boolean | null;
  readonly repairsSsrc: number | null;
  readonly repairsSource: string | null;
  readonly extensions: ReadonlyMap<number, string>;
  readonly comfortNoisePackets: number;
  readonly telephoneEvents: number;
}

/** Says what a payload type is, by SDP first, then by the static table. */
export class PayloadKnowledge implements RateSource {
  readonly #flows: FlowTable;
  readonly #sdp: SdpKnowledge;

  constructor(flows: FlowTable, sdp: SdpKnowledge) {
    this.#flows = flows;
    this.#sdp = sdp;
  }

  lookup(flow: number, ssrc: number, payloadType: number): PayloadDescription | null {
    if (this.#sdp.empty) return null;
    const flows = this.#flows;
    return this.#sdp.lookup(
      flows.sourceAddress(flow),
      flows.sourcePort(flow),
      flows.destinationAddress(flow),
      flows.destinationPort(flow),
      ssrc,
      payloadType,
    );
  }

  clockRate(flow: number, ssrc: number, payloadType: number): number {
    const description = this.lookup(flow, ssrc, payloadType);
    if (description === null) return staticPayloadType(payloadType)?.clockRate ?? 0;
    return EVENT.test(description.codec) ? -1 : (description.clockRate ?? 0);
  }

  isAudio(flow: number, ssrc: number, payloadType: number): boolean {
    const description = this.lookup(flow, ssrc, payloadType);
    return (description === null ? staticPayloadType(payloadType)?.kind : description.kind) === 'audio';
  }

  codec(flow: number, ssrc: number, payloadType: number): string | null {
    return this.lookup(flow, ssrc, payloadType)?.codec ?? staticPayloadType(payloadType)?.codec ?? null;
  }

  /** Everything that is known of a stream's payload now. */
  facts(streams: RtpStreams, row: number, received: number): PayloadFacts {
    const flow = streams.table.flow(row);
    const ssrc = streams.table.ssrc(row);
    const types = streams.payloadTypes.list(row, received);
    const described = types.map(({ payloadType, packets }) => {
      const description = this.lookup(flow, ssrc, payloadType);
      const fixed = description === null ? staticPayloadType(payloadType) : null;
      const event = description === null && streams.payloadTypes.isEvent(row, payloadType);
      const codec = event ? 'telephone-event' : (description?.codec ?? fixed?.codec ?? null);
      return { payloadType, packets, description, fixed, codec };
    });
    const packetsOf = (wanted: (type: (typeof described)[number]) => boolean) =>
      described.filter(wanted).reduce((sum, { packets }) => sum + packets, 0);
    const main = described.find(({ codec }) => codec === null || !BESIDE_THE_CODEC.test(codec)) ?? described[0];
    const unknown = described.some(({ description, codec }) => (description?.clockRate ?? codec) === null);
    const guess = unknown ? streams.sampler.infer(row) : null;
    // By the start code of its key frames, which no encrypted payload has.
    const shown = main.codec === null ? streams.keyFrames.recognised(row) : null;
    const common = {
      inferredRate: guess?.clockRate ?? null,
      payloadTypes: types.map(({ payloadType }) => payloadType).sort((a, b) => a - b),
      codec: main.codec ?? shown,
      codecSource: codecSource(main, shown),
      comfortNoisePackets: packetsOf(({ payloadType, codec }) => payloadType === COMFORT_NOISE || codec === 'CN'),
      telephoneEvents: packetsOf(({ codec }) => codec !== null && EVENT.test(codec)),
      extensions: main.description?.extensions ?? new Map<number, string>(),
      encrypted: main.description?.encrypted ?? null,
    };
    if (main.description !== null) {
      const { kind, clockRate, repairsSsrc } = main.description;
      return {
        ...common,
        ...(clockRate === null ? inferred(guess) : { clockRate, clockRateSource: 'sdp', clockRateConfidence: 1 }),
        kind,
        kindSource: kind === 'unknown' ? null : 'sdp',
        repairsSsrc,
        repairsSource: repairsSsrc === null ? null : 'sdp',
      };
    }
    if (main.fixed !== null) {
      return {
        ...common,
        clockRate: main.fixed.clockRate,
        clockRateSource: 'static',
        clockRateConfidence: 1,
        kind: main.fixed.kind,
        kindSource: 'static',
        repairsSsrc: null,
        repairsSource: null,
      };
    }
    if (shown !== null) {
      // RFC 7741, 6.1 and RFC 9628, 7: the clock of both is 90 kHz.
      return {
        ...common,
        ...{ clockRate: 90_000, clockRateSource: 'inferred', clockRateConfidence: 1 },
        ...{ kind: 'video', kindSource: 'packets', repairsSsrc: null, repairsSource: null },
        inferredRate: 90_000,
      };
    }
    const rate = main.codec === 'telephone-event' ? { ...inferred(null), kind: 'audio' as const } : inferred(guess);
    return {
      ...common,
      ...rate,
      kind: rate.kind,
      kindSource: rate.kind === 'unknown' ? null : 'packets',
      repairsSsrc: null,
      repairsSource: null,
    };
  }
}

function codecSource(
  main: { readonly description: unknown; readonly codec: string | null },
  shown: string | null,
): StreamAnalysis['codecSource'] {
  if (main.description !== null) return 'sdp';
  if (main.codec !== null) return main.codec === 'telephone-event' ? 'packets' : 'static';
  return shown === null ? null : 'packets';
}

function inferred(inference: ClockRateInference | null) {
  if (inference === null) {
    return { clockRate: null, clockRateSource: 'unknown', clockRateConfidence: null, kind: 'unknown' } as const;
  }
  const { clockRate, confidence, kind } = inference;
  return { clockRate, clockRateSource: 'inferred', clockRateConfidence: confidence, kind } as const;
}
