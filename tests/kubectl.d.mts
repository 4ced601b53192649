/** A kubectl of version 1.27 or later, or null. */
export function findKubectl(): string | null;
/** Unpacks one where none is found, as root on Debian. Returns whether there is one now. */
export function provideKubectl(): boolean;
