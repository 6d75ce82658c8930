/** Speech is told from noise by its loudness, and only while somebody wants to know. */
import { describe, expect, test } from 'vitest';
import type { Tap } from '../../src/audio/microphone.js';
import {
  MutedSpeechDetector,
  VoiceActivityDetector,
} from '../../src/audio/muted-speech-detector.js';
import { SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { PaperMic, SoundWorld } from './fakes.js';

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
    ['a whisper below everything', 0, [-70, 2], [-53, 2]],
    ['who was muted in the middle of a word', 1, [-22, 0.3], [-60, 0.3], [-22, 0.6]],
  ])('%s is speech %d times', (_what, times, ...looks) => {
    expect(spells(...looks)).toBe(times);
  });
});

describe('a muted call', () => {
  class Room {
    readonly world = new SoundWorld();
    readonly taps = new Set<Tap>();
    wanted = true;
    spoken = 0;
    readonly voice: MutedSpeechDetector;

    constructor() {
      this.voice = new MutedSpeechDetector(
        new SharedAudioContext(this.world),
        (tap) => {
          this.taps.add(tap);
          tap(new PaperMic('desk') as unknown as MediaStreamTrack);
          return () => this.taps.delete(tap);
        },
        () => this.wanted,
        () => {
          this.spoken += 1;
        },
      );
    }

    async hears(decibels: number, ms: number): Promise<void> {
      this.world.context.loudness = level(decibels);
      await this.world.time.pass(ms);
    }
  }

  test('tells once a spell, and takes everything back when it is unmuted', async () => {
    const room = new Room();
    room.voice.start();
    room.voice.start();
    await room.hears(-60, 1_000);
    await room.hears(-20, 1_000);
    expect(room.spoken).toBe(1);
    await room.hears(-60, 2_000);
    await room.hears(-20, 1_000);
    expect(room.spoken).toBe(2);
    room.wanted = false;
    await room.world.time.pass(100);
    expect([room.taps.size, room.world.open, room.world.time.waiting]).toEqual([0, 0, 0]);
  });

  test('goes on with the microphone that takes the other’s place', async () => {
    const room = new Room();
    room.voice.start();
    await room.hears(-60, 500);
    for (const tap of room.taps) tap(new PaperMic('headset') as unknown as MediaStreamTrack);
    await room.hears(-60, 500);
    await room.hears(-20, 500);
    expect(room.spoken).toBe(1);
    expect(room.world.open).toBe(1);
  });

  test('costs nothing while nobody wants to know', async () => {
    const room = new Room();
    room.wanted = false;
    room.voice.start();
    expect([room.taps.size, room.world.contexts.length, room.world.time.waiting]).toEqual([
      0, 0, 0,
    ]);
  });
});
