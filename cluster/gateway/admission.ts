import type { ClientMessage } from '../signalling/client-messages.ts';
import { Refused } from '../signalling/error-codes.ts';
import { isRoom, shownParticipantName } from '../signalling/names.ts';
import { type Grant, verifyToken } from './tokens.ts';

/** Who may come in: with a token signed with the secret, or anybody in open mode. */
export interface Admission {
  /** Null where no token is taken. */
  readonly tokenSecret: string | null;
  readonly open: boolean;
}

/** @throws Refused */
export async function admit(
  { tokenSecret, open }: Admission,
  request: Pick<Extract<ClientMessage, { type: 'join' }>, 'token' | 'room' | 'name'>,
): Promise<Grant> {
  const { token, room } = request;
  if (token !== null && token !== '' && tokenSecret !== null) {
    const grant = await verifyToken(token, tokenSecret);
    if (room !== null && room !== grant.room) throw new Refused('forbidden', 'The token is for another room');
    return grant;
  }
  if (!open) throw new Refused('unauthorized', 'A token is needed to join');
  if (room === null || !isRoom(room)) throw new Refused('bad-message', 'Name a room to join');
  return { room, identity: null, name: shownParticipantName(request.name ?? ''), publish: true, subscribe: true };
}
