import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Forwarder, pinned, stop } from './forwarders.ts';
import { JanusApi } from './janus-api.ts';
import type { LightPeer } from './light-peer.ts';
import { BENCH_ADDRESS, isInOwnNetwork } from './own-network.ts';
import { isInstalled } from './processes.ts';

const ROOM = 1;

/** Janus takes no loopback address, so it needs another one. */
export const hasJanus = (): boolean => isInOwnNetwork() && isInstalled('janus', '--help');

/** What Debian's configuration says, but for the addresses, one event loop for all media, and a room. */
function writeConfiguration(folder: string, adminSecret: string): void {
  const none = join(folder, 'none');
  mkdirSync(none);
  writeFileSync(
    join(folder, 'janus.jcfg'),
    `general: {
  configs_folder = "${folder}"
  events_folder = "${none}"
  loggers_folder = "${none}"
  debug_level = 2
  event_loops = 1
  admin_secret = "${adminSecret}"
}
nat: { ice_lite = true, ice_enforce_list = "${BENCH_ADDRESS}", ice_ignore_list = "vmnet" }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }
`,
  );
  writeFileSync(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: { ws = true, ws_unix = "${join(folder, 'api')}", wss = false, json = "compact" }
admin: { admin_ws = true, admin_ws_unix = "${join(folder, 'admin')}", admin_wss = false }
`,
  );
  writeFileSync(
    join(folder, 'janus.plugin.videoroom.jcfg'),
    // The rate of the publisher is the benchmark's business, so Janus limits nothing.
    `room-${ROOM}: { description = "bench", publishers = 6, bitrate = 0, audiocodec = "opus", videocodec = "vp8", record = false, notify_joining = false }
`,
  );
}

/** Janus's VideoRoom with one event loop. The clients choose the cipher, as with the others. */
export async function janus(): Promise<Forwarder> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-janus-'));
  const adminSecret = randomBytes(8).toString('hex');
  writeConfiguration(folder, adminSecret);
  const [program, ...args] = pinned(['janus', '-F', folder, '-C', join(folder, 'janus.jcfg'), '-N']);
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('janus ended')));
  ended.catch(() => {});
  const open = async (name: 'api' | 'admin') => {
    const path = join(folder, name);
    for (let waited = 0; !existsSync(path); waited += 50) {
      if (waited > 20_000) throw new Error('janus does not open its API');
      await Promise.race([ended, new Promise((go) => setTimeout(go, 50))]);
    }
    return JanusApi.open(path, name === 'api' ? 'janus-protocol' : 'janus-admin-protocol');
  };
  const api = await open('api');
  const admin = await open('admin');
  const session = (await api.ask({ janus: 'create' })).data!.id;
  const keepAlive = setInterval(
    () => void api.ask({ janus: 'keepalive', session_id: session }).catch(() => {}),
    15_000,
  );
  let publisherId = 0;
  const subscribers = new Map<string, number>();

  const attach = async () =>
    (await api.ask({ janus: 'attach', session_id: session, plugin: 'janus.plugin.videoroom' })).data!.id;
  const tell = (handle: number, body: object, jsep?: object) =>
    api.ask({
      janus: 'message',
      session_id: session,
      handle_id: handle,
      body,
      ...(jsep === undefined ? {} : { jsep }),
    });

  const publish = async (peer: LightPeer) => {
    const handle = await attach();
    const joined = await tell(handle, { request: 'join', ptype: 'publisher', room: ROOM });
    publisherId = Number(joined.plugindata!.data.id);
    const answer = await tell(handle, { request: 'publish' }, { type: 'offer', sdp: peer.offer });
    await peer.connect(answer.jsep!.sdp);
  };
  const subscribe = async (name: string, peer: LightPeer) => {
    const handle = await attach();
    const streams = [{ feed: publisherId }];
    const offer = await tell(handle, { request: 'join', ptype: 'subscriber', room: ROOM, streams });
    // Janus offers here, so the client answers, and is the one who begins DTLS.
    await tell(handle, { request: 'start' }, { type: 'answer', sdp: peer.answer(offer.jsep!.sdp) });
    await peer.connect(offer.jsep!.sdp);
    subscribers.set(name, handle);
  };

  return {
    pid: child.pid!,
    join: (name, peer, publishes) => (publishes ? publish(peer) : subscribe(name, peer)),
    forwarded: async () => {
      let packets = 0;
      for (const handle of subscribers.values()) {
        const told = await admin.ask({
          janus: 'handle_info',
          session_id: session,
          handle_id: handle,
          admin_secret: adminSecret,
        });
        for (const medium of Object.values(told.info!.webrtc.media)) packets += medium.stats.out.packets;
      }
      return packets;
    },
    stop: async () => {
      clearInterval(keepAlive);
      api.close();
      admin.close();
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
