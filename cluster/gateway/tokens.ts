import { jwtVerify, SignJWT } from 'jose';
import { JWTExpired } from 'jose/errors';
import { Refused } from '../signalling/error-codes.ts';
import { isRoom, shownParticipantName } from '../signalling/names.ts';

/** Who may do what in which room. */
export interface Grant {
  readonly room: string;
  /** One identity is in a room once: who joins again takes the place of the one before. Null for guests of open mode. */
  readonly identity: string | null;
  readonly name: string;
  readonly publish: boolean;
  readonly subscribe: boolean;
}

const key = (secret: string) => new TextEncoder().encode(secret);

/** A room token: a JWT (RFC 7519) signed with HS256. @param expiresSeconds from now. */
export function issueToken(grant: Grant, secret: string, expiresSeconds: number): Promise<string> {
  const { room, identity, name, publish, subscribe } = grant;
  const token = new SignJWT({ room, name, publish, subscribe })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000 + expiresSeconds));
  return (identity === null ? token : token.setSubject(identity)).sign(key(secret));
}

/**
 * What a token permits.
 *
 * @throws Refused with `unauthorized` where it is not ours, has expired, or never expires.
 */
export async function verifyToken(token: string, secret: string): Promise<Grant> {
  let payload: Record<string, unknown>;
  try {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'], clockTolerance: 5 };
    ({ payload } = await jwtVerify(token, key(secret), options));
  } catch (error) {
    const expired = error instanceof JWTExpired;
    throw new Refused('unauthorized', expired ? 'The token has expired' : 'The token is not valid here');
  }
  const { room, sub, name, publish, subscribe } = payload;
  if (typeof room !== 'string' || !isRoom(room)) throw new Refused('unauthorized', 'The token names no room');
  const identity = typeof sub === 'string' && sub.length <= 256 ? sub : null;
  return {
    room,
    identity,
    name: shownParticipantName(typeof name === 'string' ? name : (identity ?? '')),
    publish: publish === true,
    subscribe: subscribe === true,
  };
}
