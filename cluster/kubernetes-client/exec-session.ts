import { WebSocket } from 'ws';
import type { ClusterAccess } from './cluster-access.ts';
import { KubernetesError, refusalOf } from './kubernetes-error.ts';

export interface ExecDescription {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly onOutput: (bytes: Buffer) => void;
  /** Told what the program says on standard error. */
  readonly onErrors?: (text: string) => void;
}

export interface ExecOutcome {
  /** Null where the connection broke off before the program told. */
  readonly exitCode: number | null;
  readonly reason: string | null;
}

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const OPEN_WITHIN_MS = 30_000;
/** So that nothing between us and the kubelet takes a quiet program for a dead one. */
const PING_EVERY_MS = 20_000;
const LARGEST_REFUSAL_BYTES = 64 * 1024;

/** A program in a container, started by `pods/exec` over a WebSocket: its output is handed on byte by byte, unchanged. */
export class ExecSession {
  readonly ended: Promise<ExecOutcome>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, ended: Promise<ExecOutcome>) {
    this.#socket = socket;
    this.ended = ended;
  }

  /** @throws KubernetesError where it cannot be started. */
  static async open(access: ClusterAccess, description: ExecDescription): Promise<ExecSession> {
    const { namespace, pod, container, command } = description;
    const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true', tty: 'false' });
    for (const word of command) query.append('command', word);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
    const { url, options } = await access.webSocket(path);
    const what = `run ${command[0]} in pod ${pod}`;
    const socket = new WebSocket(url, PROTOCOLS, {
      ...options,
      handshakeTimeout: OPEN_WITHIN_MS,
      perMessageDeflate: false,
    });
    const ended = follow(socket, description);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', (error) => {
        const text = `cannot ${what}: ${error.message}`;
        reject(new KubernetesError('no-cluster', text, 'Check that the pod runs, and that its node answers.'));
      });
      socket.once('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (bytes: Buffer) => {
          if (text.length < LARGEST_REFUSAL_BYTES) text += bytes.toString('utf8');
        });
        response.on('end', () => {
          let body: unknown = text;
          try {
            body = JSON.parse(text);
          } catch {
            // Not of the API server itself.
          }
          socket.terminate();
          reject(refusalOf(response.statusCode ?? 0, body, what));
        });
      });
    });
    return new ExecSession(socket, ended);
  }

  /** To the program's standard input. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(Buffer.concat([Buffer.of(STDIN), Buffer.from(text)]));
  }

  /** Reads no further: the program waits once what lies between is full. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close();
    else this.#socket.terminate();
  }
}

function follow(socket: WebSocket, { onOutput, onErrors }: ExecDescription): Promise<ExecOutcome> {
  let outcome: ExecOutcome = { exitCode: null, reason: 'the connection broke off' };
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary || data.length === 0) return;
    const bytes = data.subarray(1);
    if (data[0] === STDOUT && bytes.length > 0) onOutput(bytes);
    else if (data[0] === STDERR) onErrors?.(bytes.toString('utf8'));
    else if (data[0] === STATUS) {
      outcome = parseStatus(bytes.toString('utf8'));
      socket.close();
    }
  });
  const pinging = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, PING_EVERY_MS);
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(pinging);
      resolve(outcome);
    });
  });
}

/** `Status` of the channel: Success, or the exit code among its causes. */
function parseStatus(text: string): ExecOutcome {
  try {
    const status = JSON.parse(text) as {
      status?: unknown;
      message?: unknown;
      details?: { causes?: { reason?: unknown; message?: unknown }[] };
    };
    if (status.status === 'Success') return { exitCode: 0, reason: null };
    const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
    const code = Number(cause?.message);
    return { exitCode: Number.isInteger(code) ? code : null, reason: String(status.message ?? 'unknown') };
  } catch {
    return { exitCode: null, reason: 'the end of the program was not told' };
  }
}
