import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * What werift does by itself: each packet that comes in on a publisher's track, sent on with `sendRtp` to all subscribers' senders.
 * AEAD-GCM, its default, or AES-CM: as the clients offer. `POST /publish` and `POST /subscribe` take an offer and answer it; `GET /forwarded` tells how many packets were sent.
 */
export async function main(): Promise<void> {
  const { RTCPeerConnection, RTCRtpCodecParameters, MediaStreamTrack } = await import('werift');
  const senders: { audio: InstanceType<typeof MediaStreamTrack>; video: InstanceType<typeof MediaStreamTrack> }[] = [];
  let forwarded = 0;
  const peers: unknown[] = [];
  const configuration = {
    codecs: {
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2 })],
      video: [new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90_000 })],
    },
    iceServers: [],
    iceAdditionalHostAddresses: ['127.0.0.1'],
    iceUseIpv6: false,
  };
  const answerTo = async (offer: string, isPublisher: boolean): Promise<string> => {
    const peer = new RTCPeerConnection(configuration);
    peers.push(peer);
    if (isPublisher) {
      peer.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe((packet) => {
          for (const sender of senders) sender[track.kind === 'audio' ? 'audio' : 'video'].writeRtp(packet.clone());
          forwarded += senders.length;
        });
      });
    } else {
      const audio = new MediaStreamTrack({ kind: 'audio' });
      const video = new MediaStreamTrack({ kind: 'video' });
      peer.addTransceiver(audio, { direction: 'sendonly' });
      peer.addTransceiver(video, { direction: 'sendonly' });
      peer.connectionStateChange.subscribe((state) => {
        if (state === 'connected') senders.push({ audio, video });
      });
    }
    await peer.setRemoteDescription({ type: 'offer', sdp: offer });
    await peer.setLocalDescription(await peer.createAnswer());
    return peer.localDescription!.sdp;
  };
  const server = createServer(async (request, response) => {
    if (request.url === '/forwarded') {
      response.end(String(forwarded));
      return;
    }
    let offer = '';
    for await (const part of request) offer += part;
    try {
      response.end(await answerTo(offer, request.url === '/publish'));
    } catch (error) {
      response.statusCode = 500;
      response.end(String((error as Error).stack));
    }
  });
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
  });
  await new Promise<never>(() => {});
}
