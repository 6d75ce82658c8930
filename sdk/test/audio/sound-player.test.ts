/** The sounds a client makes by itself: our own, the page's, or none. */
import { describe, expect, test } from 'vitest';
import * as ownSounds from '../../src/audio/built-in-sounds.js';
import { Outputs } from '../../src/audio/outputs.js';
import { SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { SoundBoard, type SoundOptions } from '../../src/audio/sound-player.js';
import { settle } from '../client/harness.js';
import {
  FakeAudioPlatform,
  type FakeElement,
  FakeStream,
  fakeOf,
  makeAudio,
  refusal,
} from './fakes.js';

const ALL: SoundOptions = {
  incoming: true,
  ringing: true,
  connecting: true,
  answered: true,
  ended: true,
  keys: true,
};

class Fixture {
  readonly world = new FakeAudioPlatform();
  readonly outputs = new Outputs();
  readonly made: FakeElement[] = [];
  readonly files: Uint8Array[] = [];
  readonly unplayable: string[] = [];
  readonly board: SoundBoard;

  constructor(options: Partial<SoundOptions> = {}) {
    const sound = new SharedAudioContext({
      ...this.world,
      makeContext: this.world.makeContext,
      makeAudio: () => {
        const element = makeAudio();
        this.made.push(fakeOf(element));
        return element;
      },
      soundAddress: (bytes) => `own ${this.files.push(bytes)}`,
    });
    this.board = new SoundBoard(sound, this.outputs, async () => ownSounds, { ...ALL, ...options });
    this.board.onunplayable = (name) => void this.unplayable.push(name);
  }

  get element(): FakeElement {
    const last = this.made.at(-1);
    if (!last) throw new Error('no element was made');
    return last;
  }

  async gesture(): Promise<void> {
    this.world.page.dispatchEvent(new Event('pointerdown'));
    await settle();
  }
}

describe('built-in sounds', () => {
  test('nothing is created before its first use, and then once', async () => {
    const room = new Fixture();
    expect([room.made, room.files, room.world.contexts]).toEqual([[], [], []]);
    for (let turn = 0; turn < 3; turn++) room.board.play('incoming')();
    await settle();
    expect([room.made.length, room.files.length]).toEqual([1, 1]);
    expect(room.world.contexts).toHaveLength(0);
  });

  test('they are files of sound', async () => {
    const room = new Fixture();
    room.board.play('ended');
    await settle();
    const [bytes] = room.files;
    if (!bytes) throw new Error('no file');
    expect(String.fromCharCode(...bytes.subarray(0, 4), ...bytes.subarray(8, 12))).toBe('RIFFWAVE');
    const samples = new Int16Array(bytes.buffer, 44);
    expect(Math.max(...samples)).toBeGreaterThan(2_000);
    expect(new DataView(bytes.buffer).getUint32(40, true)).toBe(2 * samples.length);
  });

  test('ringing repeats until it is stopped, the end plays once', async () => {
    const room = new Fixture();
    const stop = room.board.play('ringing');
    await settle();
    expect(room.element).toMatchObject({ loop: true, paused: false, currentTime: 0 });
    stop();
    expect(room.element.paused).toBe(true);
    room.board.play('ended');
    await settle();
    expect(room.element).toMatchObject({ loop: false, paused: false });
  });

  test('a sound that is stopped before it begins does not play', async () => {
    const room = new Fixture();
    room.board.play('incoming')();
    await settle();
    expect(room.element.plays).toBe(0);
  });

  test('each key has its own, and a test of ringing plays once', async () => {
    const room = new Fixture();
    room.board.play('key-1');
    room.board.play('key-#');
    await room.board.test('incoming');
    expect(room.files).toHaveLength(3);
    expect(room.element).toMatchObject({ loop: false, plays: 1 });
  });

  test('ringing plays on the ringer, everything else on the speaker', async () => {
    const room = new Fixture();
    await room.outputs.set('ringer', ['desk']);
    await room.outputs.set('speaker', ['headset']);
    room.board.play('incoming');
    room.board.play('ringing');
    room.board.play('key-5');
    await settle();
    expect(room.made.map(({ sinkId }) => sinkId)).toEqual(['desk', 'headset', 'headset']);
  });

  test('everything is released at the end', async () => {
    const room = new Fixture();
    room.board.play('incoming');
    await settle();
    room.board.close();
    expect(room.element).toMatchObject({ paused: true, src: '', srcObject: null });
    expect(room.world.time.waiting).toBe(0);
  });
});

describe('options', () => {
  test('a sound that is off has no element', () => {
    const room = new Fixture({ incoming: false, keys: false });
    room.board.play('incoming');
    room.board.play('key-1');
    expect(room.made).toEqual([]);
    room.board.set('incoming', true);
    room.board.play('incoming');
    expect(room.made).toHaveLength(1);
  });

  test("the page's own file is played, and one key may have another than the rest", async () => {
    const room = new Fixture({ incoming: 'https://a.test/bell.mp3' });
    room.board.play('incoming');
    expect(room.element.src).toBe('https://a.test/bell.mp3');
    expect(room.files).toEqual([]);
    room.board.set('keys', 'https://a.test/key.mp3');
    room.board.set('key-5', 'https://a.test/five.mp3');
    expect(fakeOf(room.board.element('keys', '1')).src).toBe('https://a.test/key.mp3');
    expect(fakeOf(room.board.element('key-5')).src).toBe('https://a.test/five.mp3');
    room.board.set('key-5', false);
    expect([room.board.get('key-5'), room.board.get('key-1')]).toEqual([
      false,
      'https://a.test/key.mp3',
    ]);
  });

  test('a file that cannot be played is replaced by the built-in sound', async () => {
    const room = new Fixture({ incoming: 'https://a.test/gone.mp3' });
    room.board.play('incoming');
    await settle();
    room.element.onerror?.();
    await settle();
    expect(room.element).toMatchObject({ src: 'own 1', paused: false, loop: true });
    expect(room.unplayable).toEqual(['incoming']);
  });

  test('a file that never loads is replaced by the built-in sound', async () => {
    const room = new Fixture({ incoming: 'https://a.test/slow.mp3' });
    room.board.play('incoming');
    room.element.readyState = 0;
    await room.world.time.pass(3_000);
    expect(room.element.src).toBe('own 1');
    expect(room.unplayable).toEqual(['incoming']);
  });

  test('a loaded file keeps playing', async () => {
    const room = new Fixture({ incoming: 'https://a.test/bell.mp3' });
    room.board.play('incoming');
    await room.world.time.pass(3_000);
    expect(room.element.src).toBe('https://a.test/bell.mp3');
    expect(room.unplayable).toEqual([]);
  });
});

describe('refusals of the browser', () => {
  test('ringing starts at the next gesture', async () => {
    const room = new Fixture();
    fakeOf(room.board.element('incoming')).refusals.push(refusal('NotAllowedError'));
    room.board.play('incoming');
    await settle();
    expect(room.element.plays).toBe(0);
    await room.gesture();
    expect(room.element.plays).toBe(1);
  });

  test('a sound that ended before the gesture does not play', async () => {
    const room = new Fixture();
    for (const name of ['incoming', 'ended'] as const) {
      fakeOf(room.board.element(name)).refusals.push(refusal('NotAllowedError'));
    }
    room.board.play('incoming')();
    room.board.play('ended');
    await settle();
    await room.gesture();
    expect(room.made.map(({ plays }) => plays)).toEqual([0, 0]);
  });

  test('a content policy without media files gets a stream', async () => {
    const room = new Fixture();
    const stop = room.board.play('incoming');
    room.element.refusals.push(refusal('NotSupportedError'));
    await settle();
    room.element.onerror?.();
    await settle();
    expect(room.element.srcObject).toBeInstanceOf(FakeStream);
    expect(room.element).toMatchObject({ src: '', paused: false });
    expect(room.world.context.tones).toHaveLength(1);
    stop();
    expect(room.world.open).toBe(0);
    room.board.play('incoming');
    await settle();
    expect(room.element.srcObject).toBeInstanceOf(FakeStream);
  });
});
