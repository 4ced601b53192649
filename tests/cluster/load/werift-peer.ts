import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, type RtpPacket } from 'werift';
import { type WebSocket, WebSocketServer } from 'ws';
import { parseClientMessage } from '../../../cluster/signalling/client-messages.ts';
import { isRefusal } from '../../../cluster/signalling/shape.ts';

/*
 * An independent other side for the load client: unmodified werift answers each offer and sends a track of each kind that
 * it is given, itself a participant that is there already. What it receives it keeps.
 */
const CODECS = {
  audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2 })],
  video: [
    new RTCRtpCodecParameters({
      mimeType: 'video/VP8',
      clockRate: 90_000,
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
    }),
  ],
};

export interface WeriftPeer {
  readonly url: string;
  readonly received: Map<number, RtpPacket[]>;
  /** Messages of clients, in their order. */
  readonly messages: { readonly type: string }[];
  /** Sends a packet of Opus or VP8 to all who asked for it. */
  readonly tracks: { readonly audio: MediaStreamTrack; readonly video: MediaStreamTrack };
  close(): Promise<void>;
}

const OTHER = {
  id: 'other',
  name: 'Other',
  tracks: [
    { id: 'a', kind: 'audio', source: 'microphone', muted: false },
    { id: 'v', kind: 'video', source: 'camera', muted: false },
  ],
};

export async function openWeriftPeer(publishes: boolean): Promise<WeriftPeer> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ server: http });
  const peers: RTCPeerConnection[] = [];
  const received = new Map<number, RtpPacket[]>();
  const messages: { readonly type: string }[] = [];
  const tracks = { audio: new MediaStreamTrack({ kind: 'audio' }), video: new MediaStreamTrack({ kind: 'video' }) };
  sockets.on('connection', (socket) => {
    let peer: RTCPeerConnection | null = null;
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      const message = parseClientMessage(String(data));
      if (isRefusal(message)) throw new Error(message.problem);
      messages.push(message);
      if (message.type === 'join') {
        const participant = { id: `p${peers.length}`, name: message.name ?? 'nobody' };
        const participants = publishes ? [OTHER] : [];
        send({
          type: 'joined',
          participant,
          room: message.room,
          publish: true,
          subscribe: true,
          resume: 'r',
          participants,
        });
      }
      if (message.type !== 'offer') return;
      peer ??= openPeer();
      void answer(peer, message.sdp, message.id, send);
    });
  });

  function openPeer(): RTCPeerConnection {
    const peer = new RTCPeerConnection({
      codecs: CODECS,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
    });
    peers.push(peer);
    peer.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        const { ssrc } = packet.header;
        received.set(ssrc, [...(received.get(ssrc) ?? []), packet]);
      });
    });
    return peer;
  }

  async function answer(
    peer: RTCPeerConnection,
    sdp: string,
    id: number,
    send: (message: object) => void,
  ): Promise<void> {
    await peer.setRemoteDescription({ type: 'offer', sdp });
    const subscriptions: Record<string, string> = {};
    const own: Record<string, string> = {};
    for (const transceiver of peer.getTransceivers()) {
      const { kind } = transceiver;
      const mid = transceiver.mid!;
      const isWanted = sdp
        .split('m=')
        .some((section) => section.includes(`a=mid:${mid}\r`) && section.includes('a=recvonly'));
      if (!isWanted) {
        own[mid] = `own-${mid}`;
        continue;
      }
      transceiver.setDirection('sendonly');
      await transceiver.sender.replaceTrack(tracks[kind as 'audio' | 'video']);
      subscriptions[mid] = kind === 'audio' ? 'a' : 'v';
    }
    await peer.setLocalDescription(await peer.createAnswer());
    send({ type: 'answer', id, sdp: peer.localDescription!.sdp, tracks: own, subscriptions });
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    received,
    messages,
    tracks,
    close: async () => {
      for (const socket of sockets.clients as Set<WebSocket>) socket.terminate();
      await Promise.all(peers.map((peer) => peer.close()));
      http.close();
      http.closeAllConnections();
    },
  };
}
