export type * from './analysis.ts';
export { decodeStunAddress, decodeXorStunAddress, type StunAddress, stunEndpoint } from './ice/stun-address.ts';
export { StunAttribute } from './ice/stun-attribute-type.ts';
export { StunAttributeWalk } from './ice/stun-attribute-walk.ts';
export { checkStunFingerprint } from './ice/stun-fingerprint.ts';
export { decodeStunMessage, isStun, type NotStun, type StunMessage, stunAttribute } from './ice/stun-message.ts';
export { StunMethod } from './ice/stun-type.ts';
export { decodeStunError, decodeStunText } from './ice/stun-values.ts';
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
