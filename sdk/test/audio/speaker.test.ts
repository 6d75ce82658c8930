/** What plays a call: in the right place, and after a gesture where the browser wants one first. */
import { describe, expect, test } from 'vitest';
import { Outputs } from '../../src/audio/outputs.js';
import { Speaker } from '../../src/audio/speaker.js';
import { settle } from '../client/harness.js';
import { type FakeElement, fakeOf, makeAudio, refusal } from './fakes.js';

class Fixture {
  readonly page = new EventTarget();
  readonly outputs = new Outputs();
  readonly emitted: string[] = [];
  readonly speaker: Speaker;

  constructor() {
    this.speaker = new Speaker(makeAudio, this.outputs, this.page, {
      blocked: () => this.emitted.push('blocked'),
      playing: () => this.emitted.push('playing'),
    });
  }

  get element(): FakeElement {
    return fakeOf(this.speaker.element);
  }

  async gesture(): Promise<void> {
    this.page.dispatchEvent(new Event('keydown'));
    await settle();
  }
}

const stream = {} as MediaStream;

describe('the speaker', () => {
  test('waits for a gesture where the browser requires one, then plays', async () => {
    const room = new Fixture();
    room.element.refusals.push(refusal('NotAllowedError'));
    room.speaker.play(stream);
    await settle();
    expect(room.emitted).toEqual(['blocked']);
    expect(room.speaker.blocked).toBe(true);
    await room.gesture();
    expect(room.emitted).toEqual(['blocked', 'playing']);
    expect(room.speaker.blocked).toBe(false);
    await room.gesture();
    expect(room.emitted).toHaveLength(2);
  });

  test('reports no interruption, and nothing after its end', async () => {
    const room = new Fixture();
    const { element } = room;
    element.refusals.push(new Error('interrupted'), refusal('NotAllowedError'));
    room.speaker.play(stream);
    await settle();
    room.speaker.play(stream);
    room.speaker.setVolume(7);
    room.speaker.close();
    await settle();
    expect(room.emitted).toEqual([]);
    expect(element.volume).toBe(1);
    expect(element.srcObject).toBeNull();
  });

  test('plays on the chosen output from the start', async () => {
    const outputs = new Outputs();
    await outputs.set('speaker', ['headset', 'room']);
    const elements: FakeElement[] = [];
    const make = (): HTMLAudioElement => {
      const element = makeAudio();
      elements.push(fakeOf(element));
      return element;
    };
    const where: string[] = [];
    const speaker = new Speaker(make, outputs, undefined, {
      blocked: () => undefined,
      playing: () => where.push(...elements.map(({ sinkId }) => sinkId)),
    });
    speaker.play(stream);
    await settle();
    expect(where).toEqual(['headset', 'room']);
    expect(elements.map(({ srcObject }) => srcObject)).toEqual([stream, stream]);
  });

  test('can use another output than the others', async () => {
    const room = new Fixture();
    await room.speaker.setOutput('kitchen');
    expect(room.element.sinkId).toBe('kitchen');
    await room.outputs.set('speaker', ['headset']);
    expect(room.element.sinkId).toBe('kitchen');
  });
});
