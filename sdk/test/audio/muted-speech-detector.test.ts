/** Speech is distinguished from noise by its loudness, and only while there is a listener. */
import { describe, expect, test } from 'vitest';
import type { Tap } from '../../src/audio/microphone.js';
import {
  MutedSpeechDetector,
  VoiceActivityDetector,
} from '../../src/audio/muted-speech-detector.js';
import { SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { FakeAudioPlatform, FakeMic } from './fakes.js';

const level = (decibels: number): number => 10 ** (decibels / 20);

/** How often speech begins in these looks, of which there are twenty a second. */
function spells(...looks: readonly (readonly [decibels: number, seconds: number])[]): number {
  const voice = new VoiceActivityDetector();
  let begun = 0;
  let turn = 0;
  for (const [decibels, seconds] of looks) {
    for (let look = 0; look < seconds * 20; look++) {
      // Nothing in nature is as even as a constant.
      turn += 1;
      if (voice.detect(level(decibels + Math.sin(turn)))) begun += 1;
    }
  }
  return begun;
}

describe('speech', () => {
  test.each<[string, number, ...(readonly [number, number])[]]>([
    ['a quiet room', 0, [-65, 5]],
    ['a sentence in a quiet room', 1, [-65, 2], [-25, 2], [-65, 2]],
    ['a sentence beside a fan', 1, [-38, 4], [-20, 2], [-38, 2]],
    ['a fan that is loud from the start', 0, [-25, 10]],
    ['a knock on the table', 0, [-60, 2], [-10, 0.15], [-60, 2]],
    [
      'words with pauses of half a second',
      1,
      [-60, 2],
      [-22, 0.4],
      [-60, 0.5],
      [-22, 0.4],
      [-60, 0.5],
    ],
    ['two sentences, far apart', 2, [-60, 2], [-22, 1], [-60, 3], [-22, 1]],
    ['a microphone that is switched off, then a fan', 0, [-120, 2], [-30, 5]],
    ['a channel below everything', 0, [-70, 2], [-53, 2]],
    ['who was muted in the middle of a word', 1, [-22, 0.3], [-60, 0.3], [-22, 0.6]],
  ])('%s is speech %d times', (_what, times, ...looks) => {
    expect(spells(...looks)).toBe(times);
  });
});

describe('a muted call', () => {
  class Fixture {
    readonly world = new FakeAudioPlatform();
    readonly taps = new Set<Tap>();
    wanted = true;
    spoken = 0;
    readonly voice: MutedSpeechDetector;

    constructor() {
      this.voice = new MutedSpeechDetector(
        new SharedAudioContext(this.world),
        (tap) => {
          this.taps.add(tap);
          tap(new FakeMic('desk') as unknown as MediaStreamTrack);
          return () => this.taps.delete(tap);
        },
        () => this.wanted,
        () => {
          this.spoken += 1;
        },
      );
    }

    async speaks(decibels: number, ms: number): Promise<void> {
      this.world.context.loudness = level(decibels);
      await this.world.time.pass(ms);
    }
  }

  test('is reported once a spell, until it is unmuted', async () => {
    const room = new Fixture();
    room.voice.start();
    room.voice.start();
    await room.speaks(-60, 1_000);
    await room.speaks(-20, 1_000);
    expect(room.spoken).toBe(1);
    await room.speaks(-60, 2_000);
    await room.speaks(-20, 1_000);
    expect(room.spoken).toBe(2);
    room.wanted = false;
    await room.world.time.pass(100);
    expect([room.taps.size, room.world.open, room.world.time.waiting]).toEqual([0, 0, 0]);
  });

  test('follows the microphone', async () => {
    const room = new Fixture();
    room.voice.start();
    await room.speaks(-60, 500);
    for (const tap of room.taps) tap(new FakeMic('headset') as unknown as MediaStreamTrack);
    await room.speaks(-60, 500);
    await room.speaks(-20, 500);
    expect(room.spoken).toBe(1);
    expect(room.world.open).toBe(1);
  });

  test('costs nothing without a listener', async () => {
    const room = new Fixture();
    room.wanted = false;
    room.voice.start();
    expect([room.taps.size, room.world.contexts.length, room.world.time.waiting]).toEqual([
      0, 0, 0,
    ]);
  });
});
