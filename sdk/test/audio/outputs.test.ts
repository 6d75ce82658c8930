/** Several outputs for one sound, and outputs that come and go. */
import { describe, expect, test } from 'vitest';
import { Loudspeaker, Outputs } from '../../src/audio/outputs.js';
import { settle } from '../client/harness.js';
import { type FakeElement, fakeOf, makeAudio } from './fakes.js';

const sinks = (loud: Loudspeaker): string[] => loud.elements.map((one) => fakeOf(one).sinkId);

describe('one sound on several outputs', () => {
  test('a later output plays the same, with its volume and repetition', async () => {
    const loud = new Loudspeaker(makeAudio);
    loud.element.src = 'bell.wav';
    loud.element.loop = true;
    loud.element.volume = 0.3;
    await loud.element.play();
    await loud.setDevices(['desk', 'headset']);
    const [, second] = loud.elements.map(fakeOf) as [FakeElement, FakeElement];
    expect(second).toMatchObject({ src: 'bell.wav', loop: true, volume: 0.3, paused: false });
    expect(sinks(loud)).toEqual(['desk', 'headset']);
  });

  test('an output that is removed is silent', async () => {
    const loud = new Loudspeaker(makeAudio);
    await loud.setDevices(['desk', 'headset']);
    const [, second] = loud.elements.map(fakeOf) as [FakeElement, FakeElement];
    await second.play();
    await loud.setDevices([]);
    expect(sinks(loud)).toEqual(['']);
    expect(second.paused).toBe(true);
  });

  test('both names of the default are one', async () => {
    const loud = new Loudspeaker(makeAudio);
    await loud.setDevices(['default']);
    expect(sinks(loud)).toEqual(['']);
  });

  test('in a browser that cannot choose, it plays where it can', async () => {
    const loud = new Loudspeaker(() => ({ pause: () => undefined }) as unknown as HTMLAudioElement);
    await expect(loud.setDevices(['desk'])).resolves.toBeUndefined();
  });
});

describe('uses', () => {
  test('calls and ringing use different outputs, also later ones', async () => {
    const outputs = new Outputs();
    const [call, bell] = [new Loudspeaker(makeAudio), new Loudspeaker(makeAudio)];
    outputs.add('speaker', call);
    await outputs.set('speaker', ['headset']);
    await outputs.set('ringer', ['desk']);
    outputs.add('ringer', bell);
    await bell.placed;
    expect([sinks(call), sinks(bell)]).toEqual([['headset'], ['desk']]);
    outputs.remove(call);
    await outputs.set('speaker', []);
    expect(sinks(call)).toEqual(['headset']);
  });

  test('when one of several fails, all keep their output', async () => {
    const outputs = new Outputs();
    const [one, two] = [new Loudspeaker(makeAudio), new Loudspeaker(makeAudio)];
    outputs.add('speaker', one);
    outputs.add('speaker', two);
    await outputs.set('speaker', ['desk']);
    fakeOf(two.element).gone.add('headset');
    await expect(outputs.set('speaker', ['headset'])).rejects.toThrow();
    expect([sinks(one), sinks(two)]).toEqual([['desk'], ['desk']]);
    expect(outputs.get('speaker')).toEqual(['desk']);
  });

  test('the remaining output plays on, and an unplugged one joins again', async () => {
    const outputs = new Outputs();
    const loud = new Loudspeaker(makeAudio);
    outputs.add('ringer', loud);
    await outputs.set('ringer', ['desk', 'headset']);
    expect(outputs.setAvailable(new Set(['default', 'desk']))).toBe(true);
    await settle();
    expect(sinks(loud)).toEqual(['desk']);
    expect(outputs.setAvailable(new Set(['default', 'desk']))).toBe(false);
    expect(outputs.setAvailable(new Set(['default', 'desk', 'headset']))).toBe(false);
    await settle();
    expect(sinks(loud)).toEqual(['desk', 'headset']);
  });
});
