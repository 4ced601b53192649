import { requestOfSfu, type SfuAddress } from './sfu-request.ts';

/** NSS key log, as TLS 1.2 and DTLS 1.2 have it: label, client random, secret. */
const LINE = /^[A-Z0-9_]{1,64} [0-9a-f]{64} [0-9a-f]{64,128}$/i;
const LONGEST_LINE = 512;

/**
 * Reads the key log of an SFU of ours for as long as it lasts.
 *
 * @param onLines told the lines that there are, and then each new one; what is no line of a key log is left out.
 * @returns what ends it.
 * @throws LiveCaptureError where the SFU does not let us.
 */
export async function followKeyLog(sfu: SfuAddress, onLines: (lines: Uint8Array) => void): Promise<() => void> {
  const response = await requestOfSfu(sfu, '/v1/keys');
  let rest = '';
  response.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    const good = lines.filter((line) => LINE.test(line));
    if (good.length > 0) onLines(new TextEncoder().encode(`${good.join('\n')}\n`));
  });
  // An SFU that is gone has no more keys.
  response.on('error', () => {});
  return () => response.destroy();
}
