/** Binds the address itself; where it is the outer one of a translated network, all addresses of this machine. */
export async function orOnAll(address: string, open: (bind?: string) => Promise<void>): Promise<void> {
  try {
    await open();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    await open(address.includes(':') ? '::' : '0.0.0.0');
  }
}
