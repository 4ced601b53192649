/** @returns whether an address leads to this machine. */
export function isLoopback(root: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(new URL(root).hostname);
}
