import type { FlowTable } from '../../captures/index.ts';
import type { StreamAnalysis, StreamKind } from '../analysis.ts';
import type { PayloadDescription, SdpKnowledge } from '../sdp/sdp-knowledge.ts';
import type { RateSource, RtpStreams } from './rtp-streams.ts';
import { staticPayloadType } from './static-payload-types.ts';

/** Types of RFC 4733 and RFC 3389 that travel within a stream without being its codec. */
const BESIDE_THE_CODEC = /^(telephone-event|CN)$/i;
/** RFC 3389, comfort noise, by its static number. */
const COMFORT_NOISE = 13;

/** What is known of a stream's payload, and from where. */
export interface PayloadFacts {
  readonly payloadTypes: readonly number[];
  readonly kind: StreamKind;
  readonly kindSource: string | null;
  readonly codec: string | null;
  readonly clockRate: number | null;
  readonly clockRateSource: StreamAnalysis['clockRateSource'];
  readonly clockRateConfidence: number | null;
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
    return this.lookup(flow, ssrc, payloadType)?.clockRate ?? staticPayloadType(payloadType)?.clockRate ?? 0;
  }

  /** Everything that is known of a stream's payload now. */
  facts(streams: RtpStreams, row: number, received: number): PayloadFacts {
    const flow = streams.table.flow(row);
    const ssrc = streams.table.ssrc(row);
    const types = streams.payloadTypes.list(row, received);
    const described = types.map(({ payloadType, packets }) => {
      const description = this.lookup(flow, ssrc, payloadType);
      const fixed = description === null ? staticPayloadType(payloadType) : null;
      return { payloadType, packets, description, fixed, codec: description?.codec ?? fixed?.codec ?? null };
    });
    const packetsOf = (wanted: (type: (typeof described)[number]) => boolean) =>
      described.filter(wanted).reduce((sum, { packets }) => sum + packets, 0);
    const main = described.find(({ codec }) => codec === null || !BESIDE_THE_CODEC.test(codec)) ?? described[0];
    const common = {
      payloadTypes: types.map(({ payloadType }) => payloadType).sort((a, b) => a - b),
      codec: main.codec,
      comfortNoisePackets: packetsOf(({ payloadType, codec }) => payloadType === COMFORT_NOISE || codec === 'CN'),
      telephoneEvents: packetsOf(({ codec }) => codec?.toLowerCase() === 'telephone-event'),
      extensions: main.description?.extensions ?? new Map<number, string>(),
      encrypted: main.description?.encrypted ?? null,
    };
    if (main.description !== null) {
      const { kind, clockRate, repairsSsrc } = main.description;
      return {
        ...common,
        ...(clockRate === null
          ? inferred(streams, row)
          : { clockRate, clockRateSource: 'sdp', clockRateConfidence: 1 }),
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
    const rate = inferred(streams, row);
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

function inferred(streams: RtpStreams, row: number) {
  const inference = streams.sampler.infer(row);
  if (inference === null) {
    return { clockRate: null, clockRateSource: 'unknown', clockRateConfidence: null, kind: 'unknown' } as const;
  }
  const { clockRate, confidence, kind } = inference;
  return { clockRate, clockRateSource: 'inferred', clockRateConfidence: confidence, kind } as const;
}
