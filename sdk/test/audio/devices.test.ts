/** The list of devices, what was chosen of it, and what happens when plugs are pulled. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DeviceChange, Devices } from '../../src/audio/devices.js';
import { Microphone } from '../../src/audio/microphone.js';
import { Loudspeaker, Outputs } from '../../src/audio/outputs.js';
import { SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { SoundBoard } from '../../src/audio/sound-player.js';
import { loadSounds } from '../../src/client/audio-kit.js';
import { settle } from '../client/harness.js';
import {
  FakeAudioPlatform,
  FakeDevices,
  FakeElement,
  FakeStream,
  fakeOf,
  makeAudio,
} from './fakes.js';

class Fixture {
  readonly world = new FakeAudioPlatform();
  readonly plugs = new FakeDevices(['desk', 'headset'], ['desk', 'headset']);
  readonly microphone = new Microphone(this.plugs.open, {});
  readonly outputs = new Outputs();
  readonly devices: Devices;
  readonly changes: DeviceChange[] = [];
  readonly made: FakeElement[] = [];
  readonly faults: string[] = [];

  constructor() {
    const { world, plugs, microphone, outputs } = this;
    const sound = new SharedAudioContext({
      ...world,
      enumerateDevices: plugs.enumerate,
      openMicrophone: plugs.open,
      watchDevices: plugs.watch,
      makeAudio: () => {
        const element = makeAudio();
        this.made.push(fakeOf(element));
        return element;
      },
    });
    const options = {
      incoming: true,
      ringing: true,
      connecting: true,
      answered: true,
      ended: true,
      keys: true,
    };
    this.devices = new Devices({
      sound,
      microphone,
      outputs,
      sounds: new SoundBoard(sound, outputs, loadSounds, options),
      process: async () => undefined,
    });
    this.devices.on('change', (change) => this.changes.push(change));
    this.devices.on('error', ({ code }) => this.faults.push(code));
  }

  /** Lets a change settle. */
  async settled(): Promise<void> {
    await this.world.time.pass(200);
  }

  get summary(): object[] {
    const ids = (some: readonly MediaDeviceInfo[]): string[] =>
      some.map(({ kind, deviceId }) => `${kind} ${deviceId}`);
    return this.changes.map(({ added, removed, lostInput, lostOutput }) => ({
      added: ids(added),
      removed: ids(removed),
      lostInput,
      lostOutput,
    }));
  }
}

beforeEach(() => {
  vi.stubGlobal('HTMLMediaElement', FakeElement);
  vi.stubGlobal('MediaStream', FakeStream);
});

afterEach(() => vi.unstubAllGlobals());

const ids = (some: readonly MediaDeviceInfo[]): string[] => some.map(({ deviceId }) => deviceId);

describe('the list', () => {
  test('separates inputs from outputs', async () => {
    const { devices } = new Fixture();
    expect(ids(await devices.list('input'))).toEqual(['default', 'desk', 'headset']);
    expect((await devices.list('output')).every(({ kind }) => kind === 'audiooutput')).toBe(true);
    expect(await devices.list()).toHaveLength(6);
  });

  test('has names after the permission, without a change event', async () => {
    const room = new Fixture();
    room.plugs.revealed = false;
    expect(ids(await room.devices.list('input'))).toEqual(['', '', '']);
    const stream = await room.devices.requestPermission();
    expect(ids(await room.devices.list('input'))).toContain('headset');
    for (const track of stream.getAudioTracks()) track.stop();
    expect(room.plugs.on).toBe(0);
    room.plugs.changed();
    await room.settled();
    expect(room.changes).toEqual([]);
  });

  test('reports why the permission was not granted', async () => {
    const room = new Fixture();
    room.plugs.inputs = [];
    await expect(room.devices.requestPermission()).rejects.toMatchObject({
      code: 'microphone-missing',
    });
  });
});

describe('plugs', () => {
  test('a headset makes one change event', async () => {
    const room = new Fixture();
    await settle();
    room.plugs.plug('kitchen');
    room.plugs.changed();
    room.plugs.changed();
    await room.settled();
    expect(room.summary).toEqual([
      {
        added: ['audioinput kitchen', 'audiooutput kitchen'],
        removed: [],
        lostInput: false,
        lostOutput: false,
      },
    ]);
  });

  test('a chosen headset falls back to the default and comes back, in both directions', async () => {
    const room = new Fixture();
    const share = await room.microphone.share();
    const said = (): string => (share.track as unknown as { device: string }).device;
    const call = new Loudspeaker(makeAudio);
    room.outputs.add('speaker', call);
    await room.devices.useInput('headset');
    await room.devices.speaker.set('headset');
    expect([said(), fakeOf(call.element).sinkId]).toEqual(['headset', 'headset']);

    room.plugs.unplug('headset');
    await room.settled();
    expect(room.summary.at(-1)).toMatchObject({ lostInput: true, lostOutput: true });
    expect([said(), fakeOf(call.element).sinkId]).toEqual(['desk', '']);
    expect(room.devices.input).toBe('headset');
    expect(room.devices.speaker.get()).toEqual(['headset']);

    room.plugs.plug('headset');
    await room.settled();
    expect(room.summary.at(-1)).toMatchObject({ lostInput: false, lostOutput: false });
    expect([said(), fakeOf(call.element).sinkId]).toEqual(['headset', 'headset']);
  });

  test('a microphone without an ended event is replaced', async () => {
    const room = new Fixture();
    const share = await room.microphone.share();
    await room.devices.useInput('headset');
    room.plugs.inputs = ['desk'];
    room.plugs.changed();
    await room.settled();
    expect((share.track as unknown as { device: string }).device).toBe('desk');
  });

  test('calls follow the system to its new default', async () => {
    const room = new Fixture();
    const share = await room.microphone.share();
    await settle();
    room.plugs.inputs = ['headset', 'desk'];
    room.plugs.changed();
    await room.settled();
    expect((share.track as unknown as { device: string }).device).toBe('headset');
    expect(room.changes).toEqual([]);
  });

  test('there is no event after the end', async () => {
    const room = new Fixture();
    await settle();
    room.plugs.plug('kitchen');
    room.devices.close();
    await room.settled();
    expect(room.changes).toEqual([]);
    expect(room.plugs.watchers.size).toBe(0);
    expect(room.world.time.waiting).toBe(0);
  });
});

describe('choosing', () => {
  test('a microphone that is not there is refused', async () => {
    const { devices } = new Fixture();
    await expect(devices.useInput('gone')).rejects.toMatchObject({ code: 'microphone-missing' });
    expect(devices.input).toBeUndefined();
  });

  test('stored ids are accepted before the permission', async () => {
    const room = new Fixture();
    room.plugs.revealed = false;
    await room.devices.useInput('headset');
    await room.devices.speaker.set('headset');
    expect(room.devices.input).toBe('headset');
    expect(room.devices.speaker.get()).toEqual(['headset']);
  });

  test('a missing output is refused, and one that the browser refuses', async () => {
    const room = new Fixture();
    const refused = { code: 'output-refused' };
    await expect(room.devices.speaker.set('gone')).rejects.toMatchObject(refused);
    const call = new Loudspeaker(makeAudio);
    room.outputs.add('speaker', call);
    fakeOf(call.element).gone.add('headset');
    await expect(room.devices.speaker.set('headset')).rejects.toMatchObject(refused);
    expect(room.devices.speaker.get()).toEqual([]);
  });

  test('a browser without output selection refuses all but the default', async () => {
    vi.stubGlobal('HTMLMediaElement', class {});
    const { devices } = new Fixture();
    expect(devices.canChooseOutput).toBe(false);
    await expect(devices.ringer.set('desk')).rejects.toMatchObject({ code: 'output-refused' });
    await devices.ringer.set('default');
    await devices.ringer.set([]);
    expect(devices.ringer.get()).toEqual([]);
  });

  test('a test sound plays once on each chosen output', async () => {
    const room = new Fixture();
    await room.devices.ringer.set(['desk', 'headset', 'desk']);
    await room.devices.ringer.test('https://example.test/bell.mp3');
    const played = room.made.filter(({ plays }) => plays > 0);
    expect(played.map(({ sinkId }) => sinkId)).toEqual(['desk', 'headset']);
    await room.devices.ringer.test();
    const own = room.made.filter(({ src }) => src === 'own');
    expect(own.map(({ sinkId, plays, loop }) => [sinkId, plays, loop])).toEqual([
      ['desk', 1, false],
      ['headset', 1, false],
    ]);
  });
});

describe('the level', () => {
  test('is emitted ten times a second, with the microphone open while there is a listener', async () => {
    const room = new Fixture();
    const levels: number[] = [];
    const stop = room.devices.on('level', (level) => levels.push(level));
    await room.world.time.pass(1_000);
    expect(levels.length).toBeGreaterThanOrEqual(10);
    expect(levels.at(-1)).toBeCloseTo(1);
    expect(room.plugs.on).toBe(1);
    stop();
    await room.world.time.pass(200);
    expect(room.plugs.on).toBe(0);
    expect(room.world.open).toBe(0);
    expect(room.world.time.waiting).toBe(0);
  });

  test('does not keep the microphone open after the last call, and resumes in the next', async () => {
    const room = new Fixture();
    let emitted = 0;
    room.devices.on('level', () => {
      emitted += 1;
    });
    await settle();
    const share = await room.microphone.share();
    await room.world.time.pass(300);
    share.release();
    expect(room.plugs.on).toBe(0);
    await room.world.time.pass(300);
    const before = emitted;
    await room.world.time.pass(300);
    expect(emitted).toBe(before);
    const next = await room.microphone.share();
    await room.world.time.pass(300);
    expect(emitted).toBeGreaterThan(before);
    next.release();
  });

  test('is not emitted without a microphone', async () => {
    const room = new Fixture();
    room.plugs.inputs = [];
    let emitted = 0;
    const stop = room.devices.on('level', () => {
      emitted += 1;
    });
    await room.world.time.pass(500);
    stop();
    await room.world.time.pass(200);
    expect(emitted).toBe(0);
    expect(room.world.time.waiting).toBe(0);
  });
});
