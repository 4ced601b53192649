/** All of live capture: processes, files, and what looks for tools. */
export type Capturing = typeof import('./capturing.ts');

/** Loaded when it is needed: an analysis of files starts sooner without it. */
export function loadCapturing(): Promise<Capturing> {
  return import('./capturing.ts');
}
