/** What this participant sends: microphone, camera, screen. Each may be missing, and then it is said why. */
export type Source = 'microphone' | 'camera' | 'screen';

const CONSTRAINTS = {
  microphone: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } },
} as const;

/** A track, or the reason in words why there is none. */
export async function openSource(source: Source): Promise<MediaStreamTrack | string> {
  if (!('mediaDevices' in navigator)) {
    return 'The browser gives out camera and microphone only to pages that came by HTTPS or from this machine.';
  }
  try {
    const stream =
      source === 'screen'
        ? await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false })
        : await navigator.mediaDevices.getUserMedia(CONSTRAINTS[source]);
    const track = stream.getTracks()[0];
    if (source === 'screen') track.contentHint = 'detail';
    return track;
  } catch (error) {
    return reasonOf(source, (error as DOMException).name);
  }
}

function reasonOf(source: Source, name: string): string {
  if (source === 'screen') return 'The screen is not shared.';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `No ${source} was found.`;
  if (name === 'NotAllowedError') return `The browser does not let this page use the ${source}.`;
  if (name === 'NotReadableError') return `The ${source} is in use by another program.`;
  return `The ${source} cannot be used.`;
}
