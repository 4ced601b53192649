import { isLoopback } from './loopback.ts';
import type { ClusterProvider, ProviderName } from './provider.ts';
import { ProviderError } from './provider-fault.ts';

/** What a provider is opened with, and what is chosen where the user does not say. */
export interface ProviderSettings {
  readonly title: string;
  /** Variables of the environment in which the token is looked for. */
  readonly tokenVariables: readonly string[];
  /** Variable that names another place which serves the same interface. */
  readonly rootVariable: string;
  readonly root: string;
  readonly region: string;
  readonly size: string;
}

export const PROVIDERS: Readonly<Record<ProviderName, ProviderSettings>> = {
  linode: {
    title: 'Linode',
    tokenVariables: ['LINODE_TOKEN', 'LINODE_CLI_TOKEN'],
    rootVariable: 'LINODE_URL',
    root: 'https://api.linode.com',
    region: 'eu-central',
    size: 'g6-standard-2',
  },
  digitalocean: {
    title: 'DigitalOcean',
    tokenVariables: ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'],
    rootVariable: 'DIGITALOCEAN_API_URL',
    root: 'https://api.digitalocean.com',
    region: 'fra1',
    size: 's-2vcpu-4gb',
  },
};

/** A request that takes longer has failed. */
const TIMEOUT_MS = 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the variable that holds the token. @throws ProviderError where none does. */
export function tokenVariable(name: ProviderName, environment: Environment): string {
  const { title, tokenVariables } = PROVIDERS[name];
  const found = tokenVariables.find((variable) => (environment[variable] ?? '') !== '');
  if (found === undefined) {
    throw new ProviderError(`${title} needs a token`, `Put one into the environment as ${tokenVariables[0]}.`);
  }
  return found;
}

/** Opens a provider's client with the token of the environment. @throws ProviderError where that cannot be. */
export async function openProvider(name: ProviderName, environment: Environment): Promise<ClusterProvider> {
  const { rootVariable, root } = PROVIDERS[name];
  const variable = tokenVariable(name, environment);
  const token = environment[variable]?.trim() ?? '';
  // A header holds no other characters, and the fault of one that does would print it.
  if (!/^[\x21-\x7e]{8,512}$/.test(token)) {
    throw new ProviderError(`${variable} does not look like a token`, 'It is one word of at least eight characters.');
  }
  const at = rootOf(rootVariable, environment[rootVariable] || root);
  if (name === 'linode') return (await import('./linode.ts')).openLinode(token, at, TIMEOUT_MS);
  return (await import('./digitalocean.ts')).openDigitalOcean(token, at, TIMEOUT_MS);
}

/** The token goes there: over TLS, or not off this machine. */
function rootOf(variable: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && !isLoopback(text))) {
    throw new ProviderError(
      `${variable}: not an https address`,
      'Unset it, unless you have the interface served elsewhere.',
    );
  }
  return url.origin;
}
