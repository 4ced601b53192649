import type { Timestamp } from '../../captures/index.ts';
import { decodeXorStunAddress, stunEndpoint } from '../ice/stun-address.ts';
import { StunAttribute } from '../ice/stun-attribute-type.ts';
import { type StunMessage, stunAttribute } from '../ice/stun-message.ts';
import { StunMethod } from '../ice/stun-type.ts';
import { decodeChannelNumber, decodeStunError, decodeStunUint32 } from '../ice/stun-values.ts';
import type { Allocation } from './allocation.ts';

const UNAUTHENTICATED = 401;

/** What of a request its response needs. */
export interface TurnRequest {
  readonly method: number;
  /** It carried credentials: being asked for them again is an error (RFC 8489, 9.2.5). */
  readonly authenticated: boolean;
  /** Addresses that CreatePermission names. */
  readonly peers: readonly string[];
  readonly channel: number | null;
  /** Peer that ChannelBind names, as `address:port`. */
  readonly channelPeer: string | null;
  /** The channel had no peer before; an error then takes it away again. */
  bindsAnew: boolean;
  answered: boolean;
}

export function isTurnMethod(method: number): boolean {
  return (
    method === StunMethod.allocate ||
    method === StunMethod.refresh ||
    method === StunMethod.createPermission ||
    method === StunMethod.channelBind ||
    method === StunMethod.connect ||
    method === StunMethod.connectionBind
  );
}

export function turnRequest(message: StunMessage): TurnRequest {
  const peers: string[] = [];
  let channelPeer: string | null = null;
  for (const { type, value } of message.attributes) {
    if (type !== StunAttribute.xorPeerAddress) continue;
    const address = decodeXorStunAddress(value, message.transactionId);
    if (typeof address === 'string') continue;
    channelPeer ??= stunEndpoint(address);
    if (message.method === StunMethod.createPermission) peers.push(address.address);
  }
  const channel = stunAttribute(message, StunAttribute.channelNumber);
  return {
    method: message.method,
    authenticated:
      stunAttribute(message, StunAttribute.messageIntegrity) !== null ||
      stunAttribute(message, StunAttribute.messageIntegritySha256) !== null,
    peers,
    channel: channel === null ? null : decodeChannelNumber(channel),
    channelPeer,
    bindsAnew: false,
    answered: false,
  };
}

/** Enters the first response to a request into its allocation. */
export function turnResponse(
  allocation: Allocation,
  request: TurnRequest | null,
  message: StunMessage,
  time: Timestamp,
): void {
  if (message.class === 'error') {
    const value = stunAttribute(message, StunAttribute.errorCode);
    const error = value === null ? null : decodeStunError(value);
    // A client learns realm and nonce by asking without credentials (RFC 8489, 9.2.3.1): that is no error.
    const isChallenge = error?.code === UNAUTHENTICATED && request !== null && !request.authenticated;
    if (error !== null && !isChallenge) allocation.error(error.code, error.reason);
    return;
  }
  const lifetime = stunAttribute(message, StunAttribute.lifetime);
  const lifetimeSeconds = lifetime === null ? null : decodeStunUint32(lifetime);
  switch (message.method) {
    case StunMethod.allocate:
      allocation.allocated(time);
      allocation.relayedAddress = address(message, StunAttribute.xorRelayedAddress) ?? allocation.relayedAddress;
      allocation.mappedAddress = address(message, StunAttribute.xorMappedAddress) ?? allocation.mappedAddress;
      allocation.lifetimeSeconds = lifetimeSeconds ?? allocation.lifetimeSeconds;
      break;
    case StunMethod.refresh:
      allocation.refreshes++;
      // 0 gives the allocation back (RFC 8656, 7): what it was granted stays of interest.
      if (lifetimeSeconds !== null && lifetimeSeconds > 0) allocation.lifetimeSeconds = lifetimeSeconds;
      break;
    case StunMethod.createPermission:
      for (const peer of request?.peers ?? []) allocation.permit(peer);
      break;
  }
}

function address(message: StunMessage, type: number): string | null {
  const value = stunAttribute(message, type);
  return value === null ? null : stunEndpoint(decodeXorStunAddress(value, message.transactionId));
}
