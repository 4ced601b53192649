/** A page that holds one peer of the call. The script around it carries offer and answer from page to page. */
export const CALL_PAGE = `<!doctype html><meta charset="utf-8"><title>peer</title><script>
const peer = new RTCPeerConnection();

async function describe(description) {
  await peer.setLocalDescription(description);
  while (peer.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 50));
  return peer.localDescription.sdp;
}

async function addMedia() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 320, height: 180, frameRate: 12 },
  });
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
}

async function limitBitrate() {
  for (const sender of peer.getSenders()) {
    const parameters = sender.getParameters();
    parameters.encodings[0].maxBitrate = sender.track.kind === 'video' ? 70000 : 16000;
    await sender.setParameters(parameters);
  }
}

async function offer() {
  await addMedia();
  return describe(await peer.createOffer());
}

async function answer(sdp) {
  await peer.setRemoteDescription({ type: 'offer', sdp });
  await addMedia();
  return describe(await peer.createAnswer());
}

async function accept(sdp) {
  await peer.setRemoteDescription({ type: 'answer', sdp });
}

async function statistics() {
  const report = await peer.getStats();
  const kept = ['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'remote-outbound-rtp', 'codec', 'candidate-pair', 'transport'];
  return [...report.values()].filter((entry) => kept.includes(entry.type));
}
</script>`;
