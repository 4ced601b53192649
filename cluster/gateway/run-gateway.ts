import type { Gateway, GatewayOptions } from './gateway.ts';
import type { Grant } from './tokens.ts';

/** Begins to serve; what it needs is loaded only now. @throws what listening throws, such as EADDRINUSE. */
export async function runGateway(options: GatewayOptions): Promise<Gateway> {
  const { openGateway } = await import('./gateway.ts');
  return openGateway(options);
}

/** A room token, signed. @param expiresSeconds from now. */
export async function makeToken(grant: Grant, secret: string, expiresSeconds: number): Promise<string> {
  const { issueToken } = await import('./tokens.ts');
  return issueToken(grant, secret, expiresSeconds);
}
