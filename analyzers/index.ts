export type * from './analysis.ts';
export { ClockRateSampler } from './rtp/clock-rate-inference.ts';
export type { ClockRateInference, ClockRateUnknownReason } from './rtp/clock-rate-judgement.ts';
export {
  countHeaderExtensions,
  HeaderExtensionWalk,
  headerExtensionName,
  isElementProfile,
} from './rtp/header-extensions.ts';
export { type StaticPayloadType, staticPayloadType } from './rtp/static-payload-types.ts';
export { parseSdp, type SdpRefusal } from './sdp/parse-sdp.ts';
export type { SdpDescription, SdpMedia, SdpMediaKind, SdpPayload } from './sdp/sdp-description.ts';
export { type PayloadDescription, SdpKnowledge, type SdpMatch } from './sdp/sdp-knowledge.ts';
export { Signalling } from './sdp/signalling.ts';
export { isSip } from './sdp/sip-message.ts';
