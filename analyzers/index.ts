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
