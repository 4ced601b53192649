import type { Call } from './call.ts';
import type { Quality } from './statistics.ts';

interface Tile {
  readonly item: HTMLLIElement;
  readonly video: HTMLVideoElement;
  readonly initials: HTMLElement;
  readonly who: HTMLElement;
  readonly silent: HTMLElement;
  readonly quality: HTMLElement;
}

/** What a tile shows. */
interface View {
  readonly key: string;
  readonly personId: string;
  readonly name: string;
  readonly isOwn: boolean;
  readonly isScreen: boolean;
  readonly picture: MediaStreamTrack | null;
  readonly isSilent: boolean;
  readonly isSpeaking: boolean;
}

/** The pictures of all, and their sound. */
export class Tiles {
  readonly #list: HTMLElement;
  readonly #sounds: HTMLElement;
  readonly #tiles = new Map<string, Tile>();
  readonly #audio = new Map<string, HTMLAudioElement>();

  constructor(list: HTMLElement, sounds: HTMLElement) {
    this.#list = list;
    this.#sounds = sounds;
  }

  show(call: Call): void {
    const views = viewsOf(call);
    const keys = new Set(views.map(({ key }) => key));
    for (const [key, { item, video }] of this.#tiles) {
      if (keys.has(key)) continue;
      video.srcObject = null;
      item.remove();
      this.#tiles.delete(key);
    }
    for (const view of views) this.#update(view);
    const cells = views.length + views.filter(({ isScreen }) => isScreen).length * 3;
    this.#list.dataset['columns'] = String(Math.min(5, Math.ceil(Math.sqrt(cells))));
    this.#play(call);
  }

  setQuality(personId: string, quality: Quality, words: string): void {
    for (const { item, quality: mark } of this.#tiles.values()) {
      if (item.dataset['participant'] !== personId || mark.dataset['quality'] === undefined) continue;
      mark.dataset['quality'] = quality;
      mark.title = words;
      mark.setAttribute('aria-label', words);
    }
  }

  /** How many pixels high somebody's camera is shown; 0 where it is not. */
  linesOf(personId: string): number {
    for (const { item, video } of this.#tiles.values()) {
      const { participant, source } = item.dataset;
      if (participant === personId && source === 'camera' && !video.hidden)
        return video.clientHeight * devicePixelRatio;
    }
    return 0;
  }

  clear(): void {
    for (const { item } of this.#tiles.values()) item.remove();
    for (const audio of this.#audio.values()) audio.remove();
    this.#tiles.clear();
    this.#audio.clear();
  }

  #update(view: View): void {
    const tile = this.#tiles.get(view.key) ?? this.#make(view);
    const { item, video, initials, who, silent } = tile;
    item.classList.toggle('speaking', view.isSpeaking);
    const label = view.isScreen ? `${view.name}, screen` : view.isOwn ? `${view.name} (you)` : view.name;
    if (who.textContent !== label) who.textContent = label;
    silent.hidden = !view.isSilent;
    initials.hidden = view.picture !== null;
    video.hidden = view.picture === null;
    setTrack(video, view.picture);
  }

  #make(view: View): Tile {
    const item = document.createElement('li');
    item.className = `tile${view.isOwn ? ' own' : ''}${view.isScreen ? ' screen' : ''}`;
    item.dataset['participant'] = view.personId;
    item.dataset['source'] = view.isScreen ? 'screen' : 'camera';
    item.dataset['name'] = view.name;
    const video = document.createElement('video');
    video.autoplay = true;
    video.playsInline = true;
    video.muted = true;
    video.setAttribute('aria-label', `Picture of ${view.name}`);
    const initials = element('span', 'initials', initialsOf(view.name));
    initials.setAttribute('aria-hidden', 'true');
    initials.style.setProperty('--hue', String(hueOf(view.personId)));
    const label = element('span', 'label');
    const who = element('span', 'who');
    const silent = element('span', 'silent', 'muted');
    const quality = element('span', 'quality');
    if (!view.isOwn) {
      quality.dataset['quality'] = 'unknown';
      quality.setAttribute('role', 'img');
      quality.setAttribute('aria-label', 'Quality not known yet');
      quality.append(element('i'), element('i'), element('i'));
      label.append(quality);
    }
    label.append(who, silent);
    item.append(initials, video, label);
    if (view.isScreen) this.#list.prepend(item);
    else this.#list.append(item);
    const tile = { item, video, initials, who, silent, quality };
    this.#tiles.set(view.key, tile);
    return tile;
  }

  #play({ roster, peer }: Call): void {
    const wanted = new Map<string, MediaStreamTrack>();
    for (const { tracks } of roster.people.values()) {
      for (const { id, kind } of tracks.values()) {
        const track = kind === 'audio' ? (peer?.received(id) ?? null) : null;
        if (track !== null) wanted.set(id, track);
      }
    }
    for (const [id, audio] of this.#audio) {
      if (wanted.has(id)) continue;
      audio.srcObject = null;
      audio.remove();
      this.#audio.delete(id);
    }
    for (const [id, track] of wanted) {
      let audio = this.#audio.get(id);
      if (audio === undefined) {
        audio = document.createElement('audio');
        audio.autoplay = true;
        this.#sounds.append(audio);
        this.#audio.set(id, audio);
      }
      setTrack(audio, track);
    }
  }
}

function viewsOf(call: Call): View[] {
  const { roster, peer, self } = call;
  const views: View[] = [];
  if (self !== null) {
    const own = { personId: self.id, name: self.name, isOwn: true };
    const camera = call.source('camera');
    const microphone = call.source('microphone');
    views.push({
      ...own,
      key: 'own',
      isScreen: false,
      picture: camera === null || camera.muted ? null : camera.track,
      isSilent: microphone === null || microphone.muted,
      isSpeaking: roster.speakers.has(self.id) && microphone !== null && !microphone.muted,
    });
    const screen = call.source('screen');
    if (screen !== null) {
      views.push({
        ...own,
        key: 'own-screen',
        isScreen: true,
        picture: screen.track,
        isSilent: false,
        isSpeaking: false,
      });
    }
  }
  for (const { id, name, tracks } of roster.people.values()) {
    const all = [...tracks.values()];
    const camera = all.find(({ source }) => source === 'camera');
    const microphone = all.find(({ source }) => source === 'microphone');
    const other = { personId: id, name, isOwn: false };
    views.push({
      ...other,
      key: id,
      isScreen: false,
      picture: camera === undefined || camera.muted ? null : (peer?.received(camera.id) ?? null),
      isSilent: microphone === undefined || microphone.muted,
      isSpeaking: roster.speakers.has(id) && microphone?.muted === false,
    });
    for (const screen of all.filter(({ source }) => source === 'screen')) {
      const picture = peer?.received(screen.id) ?? null;
      views.push({ ...other, key: screen.id, isScreen: true, picture, isSilent: false, isSpeaking: false });
    }
  }
  return views;
}

function setTrack(player: HTMLMediaElement, track: MediaStreamTrack | null): void {
  const current = player.srcObject instanceof MediaStream ? (player.srcObject.getTracks()[0] ?? null) : null;
  if (current === track) return;
  player.srcObject = track === null ? null : new MediaStream([track]);
  // Where the browser wants a gesture first, joining was one.
  if (track !== null) player.play().catch(() => {});
}

function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('');

function hueOf(id: string): number {
  let hue = 0;
  for (const character of id) hue = (hue * 31 + character.charCodeAt(0)) % 360;
  return hue;
}
