import { UsageError } from './exit-status.ts';

/** What a listening socket's error means to the user; what is no such error comes back as it is. */
export function listenFault(error: unknown, where: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new UsageError(`${where} is in use`, 'Choose another port, or 0 for any.');
  if (code === 'EACCES') return new UsageError(`${where} may not be listened on`, 'Choose a port above 1023.');
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UsageError(`${where}: not an address of this machine`, 'Choose another --host, such as 127.0.0.1.');
  }
  return error;
}
