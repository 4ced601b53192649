import { KubernetesError, shownText } from '../../kubernetes-client/kubernetes-error.ts';

/** A series of a range query: its labels, and its values by seconds since 1970. */
export interface PrometheusSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: number])[];
}

const TIMEOUT_MS = 20_000;
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;
const MOST_SERIES = 5000;
const TOKEN = 'RTCSCOPE_PROMETHEUS_TOKEN';

/** Prometheus' HTTP API, https://prometheus.io/docs/prometheus/latest/querying/api/. */
export class PrometheusApi {
  readonly #base: URL;
  readonly #token: string | undefined;

  /** @param address `http://HOST:9090`, with a path where it is behind one. @throws KubernetesError where it is none. */
  constructor(address: string, environment: NodeJS.ProcessEnv = process.env) {
    const url = URL.canParse(address) ? new URL(address) : null;
    const { username = '', password = '', protocol = '', search = '', hash = '' } = url ?? {};
    if (url === null || !/^https?:$/.test(protocol) || `${username}${password}${search}${hash}` !== '') {
      // Not shown: it may hold a password.
      const text = '--prometheus: no address of a Prometheus';
      throw new KubernetesError(
        'bad-name',
        text,
        `Give http://HOST:PORT; a token, where it asks for one, in ${TOKEN}.`,
      );
    }
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/`;
    this.#base = url;
    this.#token = environment[TOKEN] || undefined;
  }

  /** @throws KubernetesError with what is wrong. */
  range(query: string, startMs: number, endMs: number, stepSeconds: number): Promise<readonly PrometheusSeries[]> {
    const range = { start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepSeconds) };
    return this.#ask('api/v1/query_range', { query, ...range });
  }

  /** The value now, of each series. @throws KubernetesError */
  now(query: string): Promise<readonly PrometheusSeries[]> {
    return this.#ask('api/v1/query', { query });
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly PrometheusSeries[]> {
    const url = new URL(path, this.#base);
    const headers = { ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }) };
    const body = new URLSearchParams(parameters);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      text = await textOf(response);
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
      const reason =
        name === 'TimeoutError' ? `within ${TIMEOUT_MS / 1000} s` : `(${cause?.code ?? cause?.message ?? message})`;
      throw this.#fault(
        `gives no answer ${reason}`,
        'Check that it can be reached from here: kubectl port-forward helps.',
      );
    }
    if (response.status === 401 || response.status === 403) {
      throw this.#fault(`lets nobody in (status ${response.status})`, `Set ${TOKEN} to a token that may query it.`);
    }
    const answer = parsed(text);
    if (answer === null) {
      throw this.#fault(
        `is none: status ${response.status}, and no answer of its API`,
        'Give the address of its web page.',
      );
    }
    if (answer['status'] !== 'success') {
      throw this.#fault(`refuses a query: ${String(answer['error'] ?? `status ${response.status}`)}`, 'See its log.');
    }
    return seriesOf(answer['data']);
  }

  #fault(text: string, hint: string): KubernetesError {
    return new KubernetesError('no-metrics', shownText(`the Prometheus at ${this.#base.host} ${text}`), hint);
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error('the answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isAnswer =
      typeof value === 'object' && value !== null && typeof (value as { status?: unknown }).status === 'string';
    return isAnswer ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function seriesOf(data: unknown): PrometheusSeries[] {
  const { result } = (data ?? {}) as { result?: unknown };
  if (!Array.isArray(result)) return [];
  return result.slice(0, MOST_SERIES).map(({ metric, values, value }: Record<string, unknown>) => {
    const pairs = Array.isArray(values) ? values : Array.isArray(value) ? [value] : [];
    const labels = Object.entries(metric ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return {
      labels: Object.fromEntries(labels),
      // `NaN` and `+Inf` are no measurements.
      values: pairs
        .map((pair): [number, number] => [Number(pair?.[0]), Number(pair?.[1])])
        .filter(([seconds, measured]) => Number.isFinite(seconds) && Number.isFinite(measured)),
    };
  });
}
