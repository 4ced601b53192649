// biome-ignore-all lint/suspicious/noExplicitAny: what a browser and its page hold has no types here
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../../chromium.ts';
import type { SfuProcess } from './sfu-process.ts';

export interface RoomOptions {
  simulcast?: boolean;
  codec?: string;
  tcp?: boolean;
  /** Of the picture that is sent: width and height. */
  size?: readonly [number, number];
  /** By rid: at most so much. */
  maxKbps?: Readonly<Record<string, number>>;
  /** Where packets go in place of the SFU's own port. */
  udpPort?: number;
}

/** Chromium with a made-up camera and microphone, which talks to this machine. */
export const launchWithMedia = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath as string,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
    ],
  });

/** Joins from a page: one RTCPeerConnection that sends fake media and has `receive` sections of each kind. */
export async function joinRoom(
  page: Page,
  sfu: Pick<SfuProcess, 'request'>,
  room: string,
  id: string,
  receive: number,
  options: RoomOptions = {},
): Promise<void> {
  await page.exposeFunction('offerToSfu', async (sdp: string, tracks: unknown) => {
    const { status, body } = await sfu.request('POST', `/v1/rooms/${room}/participants/${id}/offer`, {
      sdp,
      name: id,
      publish: true,
      subscribe: true,
      tracks,
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  });
  await page.evaluate(
    async ({ receive, options }) => {
      const scope = globalThis as any;
      const stream = await scope.navigator.mediaDevices.getUserMedia({
        audio: true,
        video: { width: options.size?.[0] ?? 640, height: options.size?.[1] ?? 480 },
      });
      const connection = new scope.RTCPeerConnection();
      scope.connection = connection;
      // What nobody plays is not decoded.
      connection.ontrack = ({ track }: any) => {
        const player = new scope.Audio();
        player.srcObject = new scope.MediaStream([track]);
        player.play();
      };
      const [video] = stream.getVideoTracks();
      const encodings = options.simulcast
        ? [
            { rid: 'q', scaleResolutionDownBy: 4 },
            { rid: 'h', scaleResolutionDownBy: 2 },
            { rid: 'f', scaleResolutionDownBy: 1 },
          ].map((encoding) => ({
            ...encoding,
            ...(options.maxKbps?.[encoding.rid] ? { maxBitrate: options.maxKbps[encoding.rid] * 1000 } : {}),
          }))
        : undefined;
      connection.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly' });
      const sender = connection.addTransceiver(video, {
        direction: 'sendonly',
        ...(encodings === undefined ? {} : { sendEncodings: encodings }),
      });
      if (options.codec !== undefined) {
        const codecs = scope.RTCRtpReceiver.getCapabilities('video').codecs;
        const wanted = (c: { mimeType: string }) => [`video/${options.codec}`, 'video/rtx'].includes(c.mimeType);
        sender.setCodecPreferences(codecs.filter(wanted));
      }
      for (let index = 0; index < receive; index++) {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
      }
      scope.negotiate = async () => {
        await connection.setLocalDescription();
        const tracks = connection
          .getTransceivers()
          .filter((t: any) => t.sender.track !== null)

          .map((t: any) => ({
            mid: t.mid,
            source: t.sender.track!.kind === 'audio' ? 'microphone' : 'camera',
            muted: false,
          }));
        const answer = await scope.offerToSfu(connection.localDescription!.sdp, tracks);
        let sdp = answer.sdp;
        if (options.tcp) sdp = sdp.replace(/a=candidate:\d+ 1 udp .*\r\n/g, '');
        if (options.udpPort !== undefined) {
          sdp = sdp.replace(/a=candidate:\d+ 1 tcp .*\r\n/g, '');
          sdp = sdp.replace(/(a=candidate:\d+ 1 udp \d+ \S+) \d+/g, `$1 ${options.udpPort}`);
        }
        await connection.setRemoteDescription({ type: 'answer', sdp });
        return answer;
      };
      await scope.negotiate();
      await new Promise<void>((resolve, reject) => {
        const check = () => {
          if (connection.connectionState === 'connected') resolve();
          if (connection.connectionState === 'failed') reject(new Error('connection failed'));
        };
        connection.onconnectionstatechange = check;
        check();
      });
    },
    { receive, options },
  );
}

/** What getStats says of the streams that come in. */
export const inbound = (page: Page): Promise<any[]> =>
  page.evaluate(async () => {
    const report = await (globalThis as any).connection.getStats();
    return [...report.values()].filter(({ type }) => type === 'inbound-rtp').map((stats) => ({ ...stats }));
  });
