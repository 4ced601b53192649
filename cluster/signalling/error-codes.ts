/** Why the conference refuses something, on every interface, with the status that HTTP gives it. */
export const ERROR_STATUS = {
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'room-full': 409,
  'bad-message': 400,
  'too-many': 429,
  'no-capacity': 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;
export const ERROR_CODES = Object.keys(ERROR_STATUS) as readonly ErrorCode[];

/** A request that is refused for a reason the one who asked may know. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, text: string) {
    super(text);
    this.code = code;
  }
}
