"""A WHIP or WHEP client on aiortc: an implementation of WebRTC that shares nothing with this one.

aiortc-client.py whip|whep URL   tells on standard output, one JSON object a line, what comes about; ends with its standard input.
"""

import asyncio
import json
import logging
import sys
import threading
import urllib.request

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

# aioice leaves loopback addresses out, and a machine of tests may have no others.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


def tell(**what):
    print(json.dumps(what), flush=True)


def request(method, url, body=None):
    headers = {} if body is None else {"content-type": "application/sdp"}
    data = None if body is None else body.encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
        return response.status, response.headers.get("location"), response.read().decode()


class Estimates(logging.Handler):
    """What aiortc says of the REMB that it gets; nothing else tells of it."""

    def emit(self, record):
        words = record.getMessage()
        if "receiver estimated maximum bitrate" in words:
            tell(remb=int(words.split()[-2]))


logging.getLogger("aiortc.rtcrtpsender").setLevel(logging.DEBUG)
logging.getLogger("aiortc.rtcrtpsender").addHandler(Estimates())
logging.getLogger("aiortc.rtcrtpsender").propagate = False


async def main(kind, url):
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def wait_for_end():
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_end, daemon=True).start()
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    frames = {"audio": 0, "video": 0}

    @connection.on("track")
    def on_track(track):
        async def play():
            while True:
                frame = await track.recv()
                frames[track.kind] += 1
                if frames[track.kind] % 20 == 0:
                    tell(frames=dict(frames), width=getattr(frame, "width", None))

        asyncio.ensure_future(play())

    @connection.on("connectionstatechange")
    def on_state():
        tell(state=connection.connectionState)

    if kind == "whip":
        connection.addTrack(AudioStreamTrack())
        connection.addTrack(VideoStreamTrack())
    else:
        connection.addTransceiver("audio", direction="recvonly")
        connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    status, location, answer = await loop.run_in_executor(None, request, "POST", url, connection.localDescription.sdp)
    tell(status=status)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await over.wait()
    status, _, _ = await loop.run_in_executor(None, request, "DELETE", urllib.parse.urljoin(url, location))
    tell(deleted=status)
    await connection.close()


asyncio.run(main(sys.argv[1], sys.argv[2]))
