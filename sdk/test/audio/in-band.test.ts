/** Keys mixed into a voice: which tones, when, and the voice meanwhile. */
import { describe, expect, test } from 'vitest';
import { InBandDtmf } from '../../src/audio/in-band.js';
import { SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { OffhookError } from '../../src/core/errors.js';
import { settle } from '../client/harness.js';
import { FakeAudioPlatform, FakeMic } from './fakes.js';

class Fixture {
  readonly world = new FakeAudioPlatform();
  readonly said: FakeMic[] = [];
  readonly out: InBandDtmf;

  constructor(able = true) {
    const { makeContext } = this.world;
    const sound = new SharedAudioContext({
      ...this.world,
      makeContext: able ? makeContext : () => undefined,
    });
    this.out = new InBandDtmf(
      sound,
      (code) => new OffhookError(code),
      async (track) => void this.said.push(track as unknown as FakeMic),
      undefined,
    );
  }

  async voice(device: string): Promise<FakeMic> {
    const track = new FakeMic(device);
    await this.out.setVoice(track as unknown as MediaStreamTrack);
    return track;
  }

  get devices(): string[] {
    return this.said.map(({ device }) => device);
  }
}

describe('keys as tones', () => {
  test('sound two at once, each key after the other, beside the voice', async () => {
    const room = new Fixture();
    await room.voice('desk');
    const pressed = room.out.send('1w#');
    await settle();
    expect(room.devices).toEqual(['desk', 'mix']);
    const { tones, sources } = room.world.context;
    expect(tones.map(({ hz }) => hz)).toEqual([697, 1209, 941, 1477]);
    const [first, , second] = tones.map(({ at }) => at) as [number, number, number];
    // 240 ms of the first key, and half a second of a pause.
    expect(second - first).toBeCloseTo(0.74);
    expect(sources.map(({ stream }) => stream.tracks[0]?.device)).toEqual(['desk']);
    await room.world.time.pass(1_500);
    await pressed;
    expect(room.devices).toEqual(['desk', 'mix', 'desk']);
    expect(room.world.open).toBe(0);
  });

  test('continue when the microphone is replaced, with its track', async () => {
    const room = new Fixture();
    await room.voice('desk');
    const pressed = room.out.send('1');
    await settle();
    await room.voice('headset');
    expect(room.devices).toEqual(['desk', 'mix']);
    const { sources } = room.world.context;
    expect(sources.map(({ stream, node }) => [stream.tracks[0]?.device, node.next.size])).toEqual([
      ['desk', 0],
      ['headset', 1],
    ]);
    await room.world.time.pass(1_000);
    await pressed;
    expect(room.devices).toEqual(['desk', 'mix', 'headset']);
  });

  test('sound in the order of the requests', async () => {
    const room = new Fixture();
    await room.voice('desk');
    const both = Promise.all([room.out.send('1'), room.out.send('2')]);
    await room.world.time.pass(1_000);
    await both;
    expect(room.devices).toEqual(['desk', 'mix', 'desk', 'mix', 'desk']);
    expect(room.world.contexts.flatMap(({ tones }) => tones.map(({ hz }) => hz))).toEqual([
      697, 1209, 697, 1336,
    ]);
  });

  test('leave nothing behind when the call ends meanwhile', async () => {
    const room = new Fixture();
    await room.voice('desk');
    const pressed = room.out.send('123');
    await settle();
    room.out.close();
    await pressed;
    expect(room.world.open).toBe(0);
    expect(room.world.time.waiting).toBe(0);
    expect(room.devices).toEqual(['desk', 'mix']);
  });

  test('fail before a required gesture, and the voice goes on', async () => {
    const room = new Fixture();
    await room.voice('desk');
    room.world.suspended = true;
    const pressed = room.out.send('1');
    await Promise.all([
      expect(pressed).rejects.toMatchObject({ code: 'audio-blocked' }),
      room.world.time.pass(2_000),
    ]);
    expect(room.devices).toEqual(['desk']);
    expect(room.world.open).toBe(0);
  });

  test('fail without Web Audio', async () => {
    const room = new Fixture(false);
    await room.voice('desk');
    await expect(room.out.send('1')).rejects.toMatchObject({ code: 'not-supported' });
    expect(room.devices).toEqual(['desk']);
  });
});
