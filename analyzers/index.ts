export {
  countHeaderExtensions,
  HeaderExtensionWalk,
  headerExtensionName,
  isElementProfile,
} from './rtp/header-extensions.ts';
export { type StaticPayloadType, staticPayloadType } from './rtp/static-payload-types.ts';
