import './page.css';
import { Call } from './call.ts';
import { openSource, type Source } from './local-media.ts';
import { StatisticsPanel } from './statistics-panel.ts';
import { Tiles } from './tiles.ts';

const find = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

const STATISTICS_MS = 1000;
const tiles = new Tiles(find('tiles'), find('sounds'));
const panel = new StatisticsPanel(find('streams'), find('path'));
const chosen = { microphone: true, camera: true };
const found: { microphone: MediaStreamTrack | null; camera: MediaStreamTrack | null } = {
  microphone: null,
  camera: null,
};
let call: Call | null = null;

const token = new URLSearchParams(location.hash.slice(1)).get('token');
find<HTMLInputElement>('room').value = roomOfAddress();
find<HTMLInputElement>('name').value = remembered();

function roomOfAddress(): string {
  const fromPath = location.pathname.slice(1);
  if (fromPath !== '') return fromPath;
  // A hint alone: the gateway reads the token itself.
  try {
    const payload = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    return String(JSON.parse(atob(payload))['room'] ?? '');
  } catch {
    return 'lounge';
  }
}

function remembered(): string {
  try {
    return localStorage.getItem('name') ?? '';
  } catch {
    return '';
  }
}

/** Finds camera and microphone, each on its own: who lacks one joins with the other. */
const previewing = (async () => {
  const [microphone, camera] = await Promise.all([openSource('microphone'), openSource('camera')]);
  const reasons: string[] = [];
  for (const [source, result] of [['microphone', microphone] as const, ['camera', camera] as const]) {
    if (typeof result === 'string') {
      reasons.push(result);
      chosen[source] = false;
    } else {
      found[source] = result;
    }
  }
  if (reasons.length > 0) find('lobby-notice').textContent = `${reasons.join(' ')} You can join without.`;
  showLobby();
})();

function showLobby(): void {
  for (const source of ['microphone', 'camera'] as const) {
    const button = find<HTMLButtonElement>(`lobby-${source}`);
    button.dataset['on'] = String(chosen[source]);
    button.textContent = `${source === 'camera' ? 'Camera' : 'Microphone'} ${chosen[source] ? 'on' : 'off'}`;
    button.disabled = found[source] === null;
  }
  const isSeen = found.camera !== null && chosen.camera;
  const video = find<HTMLVideoElement>('preview');
  if (found.camera !== null && video.srcObject === null) video.srcObject = new MediaStream([found.camera]);
  video.hidden = !isSeen;
  find('preview-note').hidden = isSeen;
  find('preview-note').textContent = found.camera === null ? 'You join without a camera.' : 'Your camera is off.';
}

for (const source of ['microphone', 'camera'] as const) {
  find(`lobby-${source}`).addEventListener('click', () => {
    chosen[source] = !chosen[source];
    showLobby();
  });
}

find('join').addEventListener('submit', (event) => {
  event.preventDefault();
  void join();
});

async function join(): Promise<void> {
  if (call !== null) return;
  await previewing;
  const name = find<HTMLInputElement>('name').value.trim();
  const room = find<HTMLInputElement>('room').value.trim();
  try {
    localStorage.setItem('name', name);
  } catch {
    // Then it is asked again next time.
  }
  find('lobby-notice').textContent = '';
  history.replaceState(null, '', `/${room}${location.hash}`);
  document.title = `${room} – rtcscope conference`;
  find('room-title').textContent = room;
  const made = new Call({
    room,
    name,
    token,
    onChange: () => {
      if (call === made) show(made);
    },
    onChat: ({ name: from, text, participantId, time }) => {
      addMessage(from, text, participantId === made.self?.id, time);
    },
    onNews: say,
    onEnd: (text) => backToLobby(text),
  });
  call = made;
  for (const source of ['microphone', 'camera'] as const) {
    const track = found[source];
    if (track !== null) made.setSource(source, track.clone(), !chosen[source]);
  }
  find('lobby').hidden = true;
  find('call').hidden = false;
  find('microphone').focus();
  show(made);
}

function backToLobby(notice: string): void {
  call = null;
  tiles.clear();
  find('messages').replaceChildren();
  find('call').hidden = true;
  find('lobby').hidden = false;
  find('lobby-notice').textContent = notice;
  find('name').focus();
}

function show(shown: Call): void {
  tiles.show(shown);
  const count = shown.roster.people.size + 1;
  find('count').textContent = count === 1 ? 'Only you are here' : `${count} people`;
  const state = find('state');
  const words =
    shown.notice || { joining: 'Joining…', connected: 'Connected', reconnecting: 'Reconnecting…' }[shown.state];
  if (state.textContent !== words) state.textContent = words;
  state.dataset['state'] = shown.state === 'connected' ? 'fine' : 'waiting';
  for (const source of ['microphone', 'camera'] as const) {
    const entry = shown.source(source);
    const isOn = entry !== null && !entry.muted;
    const button = find<HTMLButtonElement>(source);
    button.dataset['on'] = String(isOn);
    const label = `${source === 'camera' ? 'Camera' : 'Microphone'} ${isOn ? 'on' : 'off'}`;
    if (button.textContent !== label) button.textContent = label;
    button.disabled = !shown.mayPublish;
  }
  const screen = find<HTMLButtonElement>('screen');
  const isShared = shown.source('screen') !== null;
  screen.dataset['on'] = String(isShared);
  screen.textContent = isShared ? 'Stop sharing' : 'Share screen';
  screen.disabled = !shown.mayPublish || !('mediaDevices' in navigator);
}

async function toggle(source: Source): Promise<void> {
  const current = call;
  if (current === null || !current.mayPublish) return;
  const entry = current.source(source);
  if (entry !== null && source === 'screen') {
    entry.track.stop();
    current.setSource('screen', null);
  } else if (entry !== null) {
    const isOff = !entry.muted;
    current.mute(source, isOff);
    say(`${source === 'camera' ? 'Camera' : 'Microphone'} ${isOff ? 'off' : 'on'}.`);
  } else {
    const track = await openSource(source);
    if (typeof track === 'string') {
      say(track);
      find('state').textContent = track;
      return;
    }
    // The browser's own button ends sharing as well.
    track.addEventListener('ended', () => {
      if (call === current && current.source(source)?.track === track) current.setSource(source, null);
    });
    if (call === current) current.setSource(source, track);
    else track.stop();
  }
}

for (const source of ['microphone', 'camera', 'screen'] as const) {
  find(source).addEventListener('click', () => void toggle(source));
}

function togglePanel(name: 'chat' | 'statistics'): void {
  const isOpen = find(name).hidden;
  for (const each of ['chat', 'statistics'] as const) {
    const panel = find(each);
    const button = find(`${each}-button`);
    // What is focused must not vanish under who uses the keyboard.
    if (panel.contains(document.activeElement)) button.focus();
    panel.hidden = each !== name || !isOpen;
    button.setAttribute('aria-expanded', String(!panel.hidden));
  }
  if (name === 'chat' && isOpen) {
    find('chat-button').classList.remove('unread');
    find('chat-button').removeAttribute('aria-label');
    find('chat-text').focus();
  }
}

find('chat-button').addEventListener('click', () => togglePanel('chat'));
find('statistics-button').addEventListener('click', () => togglePanel('statistics'));

find('chat-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = find<HTMLInputElement>('chat-text');
  const text = input.value.trim();
  if (text !== '' && call?.chat(text)) input.value = '';
});

function addMessage(from: string, text: string, isOwn: boolean, time: number): void {
  const messages = find('messages');
  const item = document.createElement('li');
  const head = document.createElement('b');
  const clock = new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  head.textContent = `${isOwn ? 'You' : from} · ${clock}`;
  item.append(head, text);
  messages.append(item);
  while (messages.childElementCount > 500) messages.firstElementChild?.remove();
  messages.scrollTop = messages.scrollHeight;
  if (find('chat').hidden && !isOwn) {
    find('chat-button').classList.add('unread');
    find('chat-button').setAttribute('aria-label', 'Chat, new messages');
    say(`${from} writes: ${text}`);
  }
}

function say(text: string): void {
  find('news').textContent = text;
}

find('leave').addEventListener('click', () => {
  call?.leave();
  backToLobby('You left the call.');
});
addEventListener('pagehide', () => call?.leave());

const KEYS: Readonly<Record<string, () => void>> = {
  m: () => void toggle('microphone'),
  v: () => void toggle('camera'),
  s: () => void toggle('screen'),
  c: () => togglePanel('chat'),
  i: () => togglePanel('statistics'),
};
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key === 'Escape') {
    for (const name of ['chat', 'statistics'] as const) if (!find(name).hidden) togglePanel(name);
  }
  if (call === null || isTyping || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const act = KEYS[event.key.toLowerCase()];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

setInterval(() => {
  if (call === null) return;
  call.fit((personId) => tiles.linesOf(personId));
  void panel.update(call, tiles, !find('statistics').hidden);
}, STATISTICS_MS);
