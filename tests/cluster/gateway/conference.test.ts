import { describe, expect, it } from 'vitest';
import { openTestGateway, until } from './open-test-gateway.ts';
import { TestClient } from './test-client.ts';

describe('people of a room', () => {
  it('hear of each other, of what each sends, mutes, writes, and of who leaves', async () => {
    const { url, sfus } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const bob = await TestClient.joined(url, 'tea', 'Bob');
    expect(bob.self.participants).toEqual([{ id: ada.self.participant.id, name: 'Ada', tracks: [] }]);
    expect((await ada.next('participant-joined')).participant.name).toBe('Bob');

    const answer = await ada.offer(7);
    const participantId = ada.self.participant.id;
    expect(answer).toMatchObject({ id: 7, sdp: 'v=0' });
    const track = { id: answer.tracks['0'], kind: 'video', source: 'camera', muted: false } as const;
    sfus[0].tell({ type: 'track-published', room: 'tea', participantId, track });
    expect(await bob.next('track-published')).toEqual({ type: 'track-published', participantId, track });

    ada.send({ type: 'mute', trackId: track.id, muted: true });
    await until(() => sfus[0].mutes.includes(track.id));
    sfus[0].tell({ type: 'track-muted', room: 'tea', participantId, trackId: track.id, muted: true });
    expect(await bob.next('track-muted')).toMatchObject({ trackId: track.id, muted: true });

    bob.send({ type: 'chat', text: 'Hello <b>' });
    expect(await ada.next('chat')).toMatchObject({ name: 'Bob', text: 'Hello <b>' });
    sfus[0].tell({ type: 'speakers', room: 'tea', participants: [participantId, 'nobody'] });
    expect((await bob.next('speakers')).participants).toEqual([participantId]);

    const carl = await TestClient.joined(url, 'tea', 'Carl');
    expect(carl.self.participants[0].tracks).toEqual([{ ...track, muted: true }]);
    ada.send({ type: 'leave' });
    expect(await bob.next('participant-left')).toEqual({ type: 'participant-left', participantId });
    await until(() => sfus[0].removed.includes(participantId));
    for (const client of [bob, carl]) client.close();
  });

  it('may mute what nobody has heard of yet, as who comes in silent does', async () => {
    const { url, sfus } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const { tracks } = await ada.offer(1);
    ada.send({ type: 'mute', trackId: tracks['0'], muted: true });
    await until(() => sfus[0].mutes.includes(tracks['0']));
    expect(ada.heard.filter(({ type }) => type === 'error')).toEqual([]);
    ada.close();
  });

  it('hear nothing of other rooms, and touch nothing of others', async () => {
    const { url, sfus } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const eve = await TestClient.joined(url, 'coffee', 'Eve');
    const { tracks } = await ada.offer(1);
    await eve.offer(1);
    eve.send({ type: 'mute', trackId: tracks['0'], muted: true });
    expect(await eve.next('error')).toMatchObject({ code: 'forbidden' });
    eve.send({ type: 'chat', text: 'psst' });
    await eve.next('chat');
    expect(sfus[0].mutes).toEqual([]);
    expect(ada.heard.map(({ type }) => type)).toEqual(['joined']);
    for (const client of [ada, eve]) client.close();
  });

  it('whose WebSocket broke come back as who they were, and only with what they were given', async () => {
    const { url } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const bob = await TestClient.joined(url, 'tea', 'Bob');
    const before = ada.self;
    ada.close();
    const again = new TestClient(url);
    await again.open();
    again.send({ type: 'join', token: null, room: 'tea', name: 'Ada', resume: before.resume });
    expect((await again.next('joined')).participant.id).toBe(before.participant.id);
    const thief = new TestClient(url);
    await thief.open();
    thief.send({ type: 'join', token: null, room: 'tea', name: 'Ada', resume: 'guessed' });
    expect((await thief.next('joined')).participant.id).not.toBe(before.participant.id);
    expect(bob.heard.filter(({ type }) => type === 'participant-left')).toEqual([]);
    for (const client of [again, thief, bob]) client.close();
  });
});

describe('SFUs', () => {
  it('that die take nobody with them: their rooms are placed anew, together, and the people told', async () => {
    const { url, sfus } = await openTestGateway(2);
    const people = await Promise.all(['Ada', 'Bob', 'Cyd'].map((name) => TestClient.joined(url, 'tea', name)));
    for (const person of people) await person.offer(1);
    const [lost, other] = sfus[0].offers.length > 0 ? sfus : sfus.toReversed();
    expect(lost.offers.length).toBe(3);
    await lost.die();
    for (const person of people) {
      expect(await person.next('moved')).toEqual({ type: 'moved', reason: 'sfu-lost' });
      await person.offer(2);
    }
    expect(new Set(other.offers.map(({ participantId }) => participantId)).size).toBe(3);
    for (const person of people) person.close();
  });

  it('that drain are left before they end, and get nothing new', async () => {
    const { url, sfus } = await openTestGateway(2);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    await ada.offer(1);
    const [draining, other] = sfus[0].offers.length > 0 ? sfus : sfus.toReversed();
    draining.set('draining');
    expect(await ada.next('moved')).toEqual({ type: 'moved', reason: 'sfu-draining' });
    await ada.offer(2);
    expect(other.offers.length).toBe(1);
    await until(() => draining.removed.includes(ada.self.participant.id));
    const newcomers = await Promise.all(
      Array.from({ length: 8 }, (_, room) => TestClient.joined(url, `r${room}`, 'X')),
    );
    for (const one of newcomers) await one.offer(1);
    expect(draining.offers.length).toBe(1);
    for (const one of [ada, ...newcomers]) one.close();
  });

  it('that are all gone are waited for', async () => {
    const { url, sfus, gateway } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    await ada.offer(1);
    await sfus[0].die();
    await until(() => !gateway.conference.isReady);
    expect((await fetch(`${url}readyz`)).status).toBe(503);
    ada.send({ type: 'offer', id: 2, sdp: 'v=0', tracks: [] });
    expect(await ada.next('error')).toMatchObject({ code: 'no-capacity' });
    const bob = new TestClient(url);
    await bob.open();
    bob.send({ type: 'join', token: null, room: 'tea', name: 'Bob', resume: null });
    expect(await bob.next('error')).toMatchObject({ code: 'no-capacity' });
    await bob.closed();
    ada.close();
  });

  it('that are crowded share a room with others through relays', async () => {
    const { url, sfus } = await openTestGateway(2);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    await ada.offer(1);
    const [first, other] = sfus[0].offers.length > 0 ? sfus : sfus.toReversed();
    first.set('ready', 0.9);
    await until(async () => (await (await fetch(`${url}metrics`)).text()).includes('sfus{state="ready"} 2'));
    let person: TestClient | null = null;
    const people: TestClient[] = [ada];
    for (let index = 0; index < 20 && other.offers.length === 0; index++) {
      person = await TestClient.joined(url, 'tea', 'Next');
      people.push(person);
      await person.offer(1);
    }
    expect(other.offers.length).toBe(1);
    expect(first.relays).toEqual([`tea ${other.url}`]);
    for (const one of people) one.close();
  });

  it('that are crowded keep a room together where they know no relays', async () => {
    const { url, sfus } = await openTestGateway(2);
    for (const sfu of sfus) sfu.knowsRelays = false;
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    await ada.offer(1);
    const [first, other] = sfus[0].offers.length > 0 ? sfus : sfus.toReversed();
    first.set('ready', 0.9);
    await until(async () => (await (await fetch(`${url}metrics`)).text()).includes('sfus{state="ready"} 2'));
    const people: TestClient[] = [ada];
    for (let index = 0; index < 10; index++) {
      const person = await TestClient.joined(url, 'tea', 'Next');
      people.push(person);
      await person.offer(1);
    }
    expect(first.offers.length).toBe(11);
    expect(other.offers.length).toBe(0);
    for (const one of people) one.close();
  });
});

it('two gateways on the same SFU show each the people of the other', async () => {
  const first = await openTestGateway(1);
  const ada = await TestClient.joined(first.url, 'tea', 'Ada');
  await ada.offer(1);
  const second = await openTestGateway(0, {
    directory: { watch: (watcher) => watcher.add({ controlUrl: first.sfus[0].url }) },
  });
  await until(() => second.gateway.conference.rooms.size === 1);
  const bob = await TestClient.joined(second.url, 'tea', 'Bob');
  expect(bob.self.participants.map(({ name }) => name)).toEqual(['Ada']);
  for (const client of [ada, bob]) client.close();
});
