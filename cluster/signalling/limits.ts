/** What the conference's messages may grow to. Whoever sends more is refused, whoever it is. */
export const LIMITS = {
  /** Bytes of one message, in either direction and on either interface. */
  messageBytes: 1 << 20,
  /** Characters of one session description: some sixty sections of a browser's video. */
  sdpCharacters: 768 * 1024,
  tokenCharacters: 4096,
  roomCharacters: 64,
  nameCharacters: 64,
  idCharacters: 64,
  chatCharacters: 2000,
  /** Sections of one session description. */
  sections: 256,
  participantsInRoom: 1000,
  tracksOfParticipant: 16,
  /** Media identification tags (RFC 5888, RFC 8843), by which sections are named. */
  midCharacters: 16,
  errorCharacters: 500,
} as const;
