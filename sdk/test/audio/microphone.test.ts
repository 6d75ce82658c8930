/** One microphone for all calls: opened once, closed with the last, found again when it is unplugged. */
import { describe, expect, test } from 'vitest';
import { Microphone, type Share } from '../../src/audio/microphone.js';
import type { Processor } from '../../src/audio/source.js';
import { settle } from '../client/harness.js';
import { FakeDevices, FakeMic, FakeStream, refusal } from './fakes.js';

class Fixture {
  readonly devices: FakeDevices;
  readonly microphone: Microphone;
  readonly faults: string[] = [];

  constructor(inputs = ['desk', 'headset'], constraints: MediaTrackConstraints = {}) {
    this.devices = new FakeDevices(inputs, []);
    this.microphone = new Microphone(this.devices.open, constraints);
    this.microphone.onfault = ({ code }) => this.faults.push(code);
  }

  /** What a call sends, by its device, with all that was done to it. */
  async share(): Promise<{ share: Share; said: () => string }> {
    const share = await this.microphone.share();
    return { share, said: () => paperOf(share.track).device };
  }
}

const paperOf = (track: MediaStreamTrack): FakeMic => track as unknown as FakeMic;

/** Puts its name before what it is given. */
function naming(name: string, log: string[] = []): Processor {
  return {
    async create(stream) {
      const [track] = (stream as unknown as FakeStream).tracks;
      log.push(`${name} takes ${track?.device}`);
      return new FakeStream([new FakeMic(`${name}(${track?.device})`)]) as unknown as MediaStream;
    },
    async destroy() {
      log.push(`${name} lets go`);
    },
  };
}

const failing: Processor = {
  create: () => Promise.reject(new Error('no')),
  destroy: async () => undefined,
};

describe('shares', () => {
  test('two calls share one device and mute separately', async () => {
    const { devices, microphone } = new Fixture();
    const [one, two] = await Promise.all([microphone.share(), microphone.share()]);
    expect(devices.opened).toHaveLength(1);
    one.track.enabled = false;
    expect(two.track.enabled).toBe(true);
    one.release();
    expect(devices.on).toBe(1);
    two.release();
    expect(devices.on).toBe(0);
  });

  test('a later call opens the device again', async () => {
    const { devices, microphone } = new Fixture();
    (await microphone.share()).release();
    const again = await microphone.share();
    expect(devices.opened).toHaveLength(2);
    expect(devices.on).toBe(1);
    again.release();
  });

  test.each([
    ['NotAllowedError', 'microphone-denied'],
    ['NotFoundError', 'microphone-missing'],
    ['NotReadableError', 'microphone-busy'],
  ])('%s is %s, and the next attempt may succeed', async (name, code) => {
    const { devices, microphone } = new Fixture();
    devices.refusals.push(refusal(name));
    await expect(microphone.share()).rejects.toMatchObject({ code });
    await expect(microphone.share()).resolves.toBeDefined();
  });
});

describe('another device', () => {
  test('replaces the track of running calls, muted or not', async () => {
    const room = new Fixture();
    const loud = await room.share();
    const muted = await room.share();
    muted.share.track.enabled = false;
    const handed: string[] = [];
    loud.share.onreplaced = (track) => handed.push(paperOf(track).device);
    await room.microphone.choose('headset');
    expect([loud.said(), muted.said()]).toEqual(['headset', 'headset']);
    expect(handed).toEqual(['headset']);
    expect(muted.share.track.enabled).toBe(false);
    expect(room.devices.on).toBe(1);
  });

  test('that cannot be opened changes nothing', async () => {
    const room = new Fixture();
    const { said } = await room.share();
    await expect(room.microphone.choose('gone')).rejects.toMatchObject({
      code: 'microphone-missing',
    });
    expect(room.microphone.deviceId).toBeUndefined();
    expect(said()).toBe('desk');
    expect(room.devices.on).toBe(1);
  });

  test('is opened after the first is closed where one can be open at a time', async () => {
    const room = new Fixture();
    const { said } = await room.share();
    room.devices.single = true;
    await room.microphone.choose('headset');
    expect(said()).toBe('headset');
    expect(room.devices.on).toBe(1);
  });

  test('that is chosen without a call is opened by the next', async () => {
    const room = new Fixture();
    await room.microphone.choose('headset');
    expect(room.devices.opened).toHaveLength(0);
    expect((await room.share()).said()).toBe('headset');
  });

  test('in exact constraints is a chosen device', async () => {
    const room = new Fixture(undefined, { deviceId: { exact: 'headset' }, echoCancellation: true });
    expect(room.microphone.deviceId).toBe('headset');
    const { said } = await room.share();
    room.devices.unplug('headset');
    await settle();
    expect(said()).toBe('desk');
    expect(room.devices.opened.map(({ asked }) => asked)).toEqual([
      { deviceId: { exact: 'headset' }, echoCancellation: true },
      { echoCancellation: true },
    ]);
  });
});

describe('a headset that is unplugged', () => {
  test('is replaced by the default, and used again when it is back', async () => {
    const room = new Fixture(['headset', 'desk']);
    await room.microphone.choose('headset');
    const { said } = await room.share();
    room.devices.unplug('headset');
    await settle();
    expect(said()).toBe('desk');
    expect(room.microphone.deviceId).toBe('headset');
    room.devices.plug('headset');
    await room.microphone.setPresent(true);
    expect(said()).toBe('headset');
    expect(room.devices.on).toBe(1);
  });

  test('does not keep the next call from using another', async () => {
    const room = new Fixture();
    await room.microphone.choose('headset');
    room.devices.unplug('headset');
    const { said } = await room.share();
    expect(said()).toBe('desk');
    room.devices.plug('headset');
    await room.microphone.setPresent(true);
    expect(said()).toBe('headset');
  });

  test('is reported without another device, and used again when it is back', async () => {
    const room = new Fixture(['headset']);
    await room.microphone.choose('headset');
    const { share, said } = await room.share();
    const lost: string[] = [];
    share.onlost = ({ code }) => lost.push(code);
    room.devices.unplug('headset');
    await settle();
    expect(lost).toEqual(['microphone-missing']);
    room.devices.plug('headset');
    await room.microphone.setPresent(true);
    expect(said()).toBe('headset');
    expect(paperOf(share.track).readyState).toBe('live');
  });

  test('follows the system to its new default once', async () => {
    const room = new Fixture(['desk', 'headset']);
    const { said } = await room.share();
    room.devices.inputs = ['headset', 'desk'];
    await room.microphone.defaultChanged('group of headset');
    expect(said()).toBe('headset');
    await room.microphone.defaultChanged('group of headset');
    expect(room.devices.opened).toHaveLength(2);
  });
});

describe('processors', () => {
  test('are switched within a call, in order, without reopening the device', async () => {
    const log: string[] = [];
    const room = new Fixture();
    const { said } = await room.share();
    await room.microphone.process([naming('quiet', log), naming('deep', log)]);
    expect(said()).toBe('deep(quiet(desk))');
    await room.microphone.process([naming('deep', log)]);
    expect(said()).toBe('deep(desk)');
    await room.microphone.process([]);
    expect(said()).toBe('desk');
    await settle();
    expect(room.devices.opened).toHaveLength(1);
    expect(log.filter((line) => line.endsWith('lets go'))).toHaveLength(3);
  });

  test('that fail leave a call as it is', async () => {
    const log: string[] = [];
    const room = new Fixture();
    const { said } = await room.share();
    await room.microphone.process([naming('quiet', log)]);
    const both = room.microphone.process([naming('other', log), failing]);
    await expect(both).rejects.toMatchObject({ code: 'processing-failed' });
    expect(said()).toBe('quiet(desk)');
    expect(log.at(-1)).toBe('other lets go');
  });

  test('that fail at the start of a call leave it unprocessed', async () => {
    const room = new Fixture();
    await room.microphone.process([failing]);
    const { said } = await room.share();
    expect(said()).toBe('desk');
    expect(room.faults).toEqual(['processing-failed']);
  });

  test('process the next microphone, too', async () => {
    const room = new Fixture();
    await room.microphone.process([naming('quiet')]);
    const { said } = await room.share();
    await room.microphone.choose('headset');
    expect(said()).toBe('quiet(headset)');
  });

  test('are released with the last call', async () => {
    const log: string[] = [];
    const room = new Fixture();
    await room.microphone.process([naming('quiet', log)]);
    (await room.share()).share.release();
    await settle();
    expect(log).toEqual(['quiet takes desk', 'quiet lets go']);
    expect(room.devices.on).toBe(0);
  });
});

describe('a call with its own constraints', () => {
  test('takes the same device through the same processors, also when they change', async () => {
    const room = new Fixture();
    await room.microphone.choose('headset');
    const forked = room.microphone.fork({ autoGainControl: false });
    const share = await forked.share();
    expect(room.devices.opened.at(-1)?.asked).toEqual({
      autoGainControl: false,
      deviceId: { exact: 'headset' },
    });
    await room.microphone.process([naming('quiet')]);
    expect(paperOf(share.track).device).toBe('quiet(headset)');
    await room.microphone.choose('desk');
    expect(paperOf(share.track).device).toBe('quiet(desk)');
    share.release();
    room.microphone.forget(forked);
    expect(room.devices.on).toBe(0);
  });

  test('keeps its exact device', async () => {
    const room = new Fixture();
    const forked = room.microphone.fork({ deviceId: { exact: 'headset' } });
    const share = await forked.share();
    await room.microphone.choose('desk');
    expect(paperOf(share.track).device).toBe('headset');
  });
});

describe('taps and trials', () => {
  test('a tap gets the track of the device, muted or not, and its replacement', async () => {
    const room = new Fixture();
    const devices: (string | undefined)[] = [];
    const stop = room.microphone.tap((track) => devices.push(track && paperOf(track).device));
    const { share } = await room.share();
    share.track.enabled = false;
    expect(room.devices.newest.enabled).toBe(true);
    await room.microphone.choose('headset');
    share.release();
    stop();
    await room.share();
    expect(devices).toEqual(['desk', 'headset', undefined]);
  });

  test('a trial opens the device until the last call ends', async () => {
    const { devices, microphone } = new Fixture();
    const letGo = await microphone.tryOut();
    expect(devices.on).toBe(1);
    const share = await microphone.share();
    expect(devices.opened).toHaveLength(1);
    share.release();
    expect(devices.on).toBe(0);
    letGo();
    expect(devices.on).toBe(0);
  });

  test('the end of a trial closes the device without a call', async () => {
    const { devices, microphone } = new Fixture();
    const letGo = await microphone.tryOut();
    const share = await microphone.share();
    letGo();
    expect(devices.on).toBe(1);
    share.release();
    expect(devices.on).toBe(0);
  });
});
