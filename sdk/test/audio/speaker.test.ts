/** What plays a call: in the right place, and after a gesture where the browser wants one first. */
import { describe, expect, test } from 'vitest';
import { Outputs } from '../../src/audio/outputs.js';
import { Speaker } from '../../src/audio/speaker.js';
import { settle } from '../client/harness.js';
import { makeAudio, type PaperElement, paper, refusal } from './fakes.js';

class Room {
  readonly page = new EventTarget();
  readonly outputs = new Outputs();
  readonly told: string[] = [];
  readonly speaker: Speaker;

  constructor() {
    this.speaker = new Speaker(makeAudio, this.outputs, this.page, {
      blocked: () => this.told.push('blocked'),
      playing: () => this.told.push('playing'),
    });
  }

  get element(): PaperElement {
    return paper(this.speaker.element);
  }

  async gesture(): Promise<void> {
    this.page.dispatchEvent(new Event('keydown'));
    await settle();
  }
}

const stream = {} as MediaStream;

describe('the speaker', () => {
  test('waits for a gesture where the browser wants one, then plays by itself', async () => {
    const room = new Room();
    room.element.refusals.push(refusal('NotAllowedError'));
    room.speaker.play(stream);
    await settle();
    expect(room.told).toEqual(['blocked']);
    expect(room.speaker.blocked).toBe(true);
    await room.gesture();
    expect(room.told).toEqual(['blocked', 'playing']);
    expect(room.speaker.blocked).toBe(false);
    await room.gesture();
    expect(room.told).toHaveLength(2);
  });

  test('keeps silent about interruptions, and after it was closed', async () => {
    const room = new Room();
    const { element } = room;
    element.refusals.push(new Error('interrupted'), refusal('NotAllowedError'));
    room.speaker.play(stream);
    await settle();
    room.speaker.play(stream);
    room.speaker.setVolume(7);
    room.speaker.close();
    await settle();
    expect(room.told).toEqual([]);
    expect(element.volume).toBe(1);
    expect(element.srcObject).toBeNull();
  });

  test('plays where calls are wanted, and nowhere else for a moment before', async () => {
    const outputs = new Outputs();
    await outputs.set('speaker', ['headset', 'room']);
    const elements: PaperElement[] = [];
    const make = (): HTMLAudioElement => {
      const element = makeAudio();
      elements.push(paper(element));
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

  test('can be heard elsewhere than all others', async () => {
    const room = new Room();
    await room.speaker.setOutput('kitchen');
    expect(room.element.sinkId).toBe('kitchen');
    await room.outputs.set('speaker', ['headset']);
    expect(room.element.sinkId).toBe('kitchen');
  });
});
