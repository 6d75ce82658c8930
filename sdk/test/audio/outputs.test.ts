/** Several outputs for one sound, and outputs that come and go. */
import { describe, expect, test } from 'vitest';
import { Loudspeaker, Outputs } from '../../src/audio/outputs.js';
import { settle } from '../client/harness.js';
import { makeAudio, type PaperElement, paper } from './fakes.js';

const sinks = (loud: Loudspeaker): string[] => loud.elements.map((one) => paper(one).sinkId);

describe('one sound on several outputs', () => {
  test('what is played there later is what was played before, as loud and as often', async () => {
    const loud = new Loudspeaker(makeAudio);
    loud.element.src = 'bell.wav';
    loud.element.loop = true;
    loud.element.volume = 0.3;
    await loud.element.play();
    await loud.setDevices(['desk', 'headset']);
    const [, second] = loud.elements.map(paper) as [PaperElement, PaperElement];
    expect(second).toMatchObject({ src: 'bell.wav', loop: true, volume: 0.3, paused: false });
    expect(sinks(loud)).toEqual(['desk', 'headset']);
  });

  test('an output that is not wanted any more is silent', async () => {
    const loud = new Loudspeaker(makeAudio);
    await loud.setDevices(['desk', 'headset']);
    const [, second] = loud.elements.map(paper) as [PaperElement, PaperElement];
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
  test('calls and ringing go to different places, also those that begin later', async () => {
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

  test('when one of several cannot be had, all stay where they were', async () => {
    const outputs = new Outputs();
    const [one, two] = [new Loudspeaker(makeAudio), new Loudspeaker(makeAudio)];
    outputs.add('speaker', one);
    outputs.add('speaker', two);
    await outputs.set('speaker', ['desk']);
    paper(two.element).gone.add('headset');
    await expect(outputs.set('speaker', ['headset'])).rejects.toThrow();
    expect([sinks(one), sinks(two)]).toEqual([['desk'], ['desk']]);
    expect(outputs.get('speaker')).toEqual(['desk']);
  });

  test('of two outputs the one that is left goes on, and the other joins it when it is back', async () => {
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
