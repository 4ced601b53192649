import {
  createECDH,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * The one place that knows werift's inside, and the reason why its version is pinned to the digit. Only its DTLS is loaded: codecs of
 * handshake messages, flights, key schedule and record protection. Two things are put in place of its own, before first use:
 *
 * - key agreement: node:crypto, for which werift has JavaScript (tweetnacl, noble);
 * - how a flight is sent: werift sends, sleeps, and sends the same records again; here the session gets the flight (see dtls-session.ts).
 */
export interface HandshakeMessage {
  readonly msg_type: number;
  readonly fragment: Buffer;
  serialize(): Buffer;
}

interface ProtectedRecord {
  readonly recordLayerHeader: {
    readonly contentType: number;
    readonly protocolVersion: { readonly major: number; readonly minor: number };
    readonly epoch: number;
    readonly sequenceNumber: number;
    readonly contentLen: number;
  };
  fragment: Buffer;
}

export interface WeriftSocket {
  readonly onHandleHandshakes: (messages: HandshakeMessage[]) => Promise<void>;
  readonly cipher: {
    readonly masterSecret?: Buffer;
    readonly localRandom?: { serialize(): Buffer };
    readonly remoteRandom?: { serialize(): Buffer };
    readonly cipher?: unknown;
    encryptPacket(record: ProtectedRecord): ProtectedRecord;
    decryptPacket(record: ProtectedRecord): Buffer;
  };
  readonly srtp: { readonly srtpProfile?: number };
  readonly dtls: { flight: number; readonly sortedHandshakeCache: HandshakeMessage[]; handshakeCache: object };
  extractSessionKeys(
    keyLength: number,
    saltLength: number,
  ): { localKey: Buffer; localSalt: Buffer; remoteKey: Buffer; remoteSalt: Buffer };
  connect?(): Promise<void>;
}

export interface WeriftOptions {
  readonly transport: { send(datagram: Buffer): Promise<void>; close(): void };
  readonly cert: string;
  readonly key: string;
  readonly signatureHash: { readonly hash: number; readonly signature: number };
  readonly srtpProfiles: number[];
  readonly extendedMasterSecret: boolean;
  readonly certificateRequest: boolean;
}

type SendFlight = (records: Buffer[], isLast: boolean) => void;
interface Curve {
  readonly curve: number;
  readonly privateKey: KeyObject | ECDH;
  readonly publicKey: Buffer;
}

const load = createRequire(import.meta.url);
const folder = join(dirname(load.resolve('werift')), '../../dtls/src');
const part = (name: string) => load(join(folder, name));

const X25519 = 29;
const SECP256R1 = 23;
/** DER of a SubjectPublicKeyInfo with an X25519 key, without the key's 32 bytes (RFC 8410). */
const X25519_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

part('cipher/namedCurve.js').generateKeyPair = (curve: number): Curve => {
  if (curve === X25519) {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    return { curve, privateKey, publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32) };
  }
  if (curve !== SECP256R1) throw new Error('no curve in common');
  const privateKey = createECDH('prime256v1');
  return { curve, privateKey, publicKey: privateKey.generateKeys() };
};

const prf = part('cipher/prf.js');
prf.prfPreMasterSecret = (publicKey: Buffer, privateKey: KeyObject | ECDH, curve: number): Buffer => {
  if (curve === SECP256R1) return (privateKey as ECDH).computeSecret(publicKey);
  const key = Buffer.concat([X25519_PREFIX, publicKey]);
  return diffieHellman({
    privateKey: privateKey as KeyObject,
    publicKey: createPublicKey({ key, format: 'der', type: 'spki' }),
  });
};

const flights = new WeakMap<object, SendFlight>();
const { Flight } = part('flight/flight.js');
Flight.prototype.transmit = async function (this: { dtls: object; nextFlight?: number }, records: Buffer[]) {
  flights.get(this.dtls)?.(records, this.nextFlight === undefined);
};
const { DtlsServer } = part('server.js');
const { DtlsClient } = part('client.js');
const { FragmentedHandshake } = part('record/message/fragment.js');

export const verifyDataClient: (masterSecret: Buffer, handshakes: Buffer) => Buffer = prf.prfVerifyDataClient;
export const verifyDataServer: (masterSecret: Buffer, handshakes: Buffer) => Buffer = prf.prfVerifyDataServer;

/** A whole handshake message, as werift takes it. */
export function handshakeMessage(type: number, sequence: number, body: Buffer): HandshakeMessage {
  return new FragmentedHandshake(type, body.length, sequence, 0, body.length, body);
}

/** @param sendFlight gets each flight but HelloVerifyRequest, which goes to the transport */
export function weriftSocket(role: 'server' | 'client', options: WeriftOptions, sendFlight: SendFlight): WeriftSocket {
  const socket: WeriftSocket = role === 'server' ? new DtlsServer(options) : new DtlsClient(options);
  flights.set(socket.dtls, sendFlight);
  return socket;
}

export const createSelfSignedCertificate: () => Promise<{
  certPem: string;
  keyPem: string;
  signatureHash: { hash: number; signature: number };
}> = () =>
  part('context/cipher.js').CipherContext.createSelfSignedCertificateWithKey({ hash: 4, signature: 3 }, SECP256R1);
