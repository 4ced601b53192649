/** A container that captures can be started in. */
export interface CapturePlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}
