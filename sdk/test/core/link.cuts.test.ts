/** Wherever the socket is cut, no frame of either side is lost or comes twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Link } from '../../src/core/link.js';
import { drain, FakeLinkServer } from './fake-server.js';

type Move = 'page' | 'server' | 'up' | 'down' | 'cut' | 'time' | 'restart' | 'restart-all';

/** Two ends and the texts on their way between them; a cut loses what is on its way. */
class Line {
  readonly link = new Link({ auth: { token: 't' }, random: () => 0.3, sdk: 'test/1' });
  readonly far = new FakeLinkServer();
  readonly arrived: number[] = [];
  now = 0;
  #up: string[] = [];
  #down: string[] = [];
  #joined = false;
  /** Before its welcome has come the page knows of no link that it could resume. */
  #begun = false;
  #pageSaid = 0;
  #serverSaid = 0;

  constructor() {
    this.link.start(0);
    this.#do();
  }

  move(move: Move): void {
    if (move === 'page') {
      this.link.send(this.now, {
        type: 'digits',
        call: 'c',
        digits: String(this.#pageSaid++ % 10),
      });
    } else if (move === 'server' && this.#begun && this.far.kept < 200) {
      const frame = this.far.say({
        type: 'digit',
        call: 'c',
        digit: '1',
        seconds: this.#serverSaid++,
      });
      if (this.#joined) this.#down.push(JSON.stringify(frame));
    } else if (move === 'up') {
      const text = this.#up.shift();
      if (text) this.#down.push(...this.far.take(text).map((frame) => JSON.stringify(frame)));
    } else if (move === 'down') {
      const text = this.#down.shift();
      if (text) this.link.receive(this.now, text);
    } else if (move === 'cut' && this.#joined) {
      this.#cut();
      this.link.closed(this.now);
    } else if (move.startsWith('restart') && this.#begun) {
      this.far.restart(move === 'restart' ? 1 : 1_000);
      this.move('cut');
    } else if (move === 'time') {
      this.now = Math.max(this.now, this.link.wakeAt() ?? this.now);
      this.link.wake(this.now);
    }
    this.#do();
  }

  /** Lets everything arrive. */
  settle(): void {
    for (let turn = 0; turn < 2_000; turn++) {
      if (!this.#joined) this.move('time');
      this.move('up');
      this.move('down');
      if (this.link.state === 'open' && this.#up.length + this.#down.length === 0) return;
    }
    throw new Error('does not settle');
  }

  get said(): { page: number; server: number } {
    return { page: this.#pageSaid, server: this.#serverSaid };
  }

  #cut(): void {
    this.#joined = false;
    this.#up = [];
    this.#down = [];
  }

  #do(): void {
    for (const output of drain(this.link)) {
      if (output.kind === 'send') this.#up.push(output.text);
      else if (output.kind === 'close') this.#cut();
      else if (output.kind === 'welcome') this.#begun = true;
      else if (output.kind === 'lost') throw new Error('the link was lost');
      else if (output.kind === 'frame' && output.frame.type === 'digit') {
        this.arrived.push(output.frame.seconds);
      } else if (output.kind === 'connect') {
        this.#joined = true;
        this.far.connected();
        this.link.opened(this.now);
        this.#do();
      }
    }
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('random cuts never lose or double a frame', () => {
  const moves = fc.array(
    fc.constantFrom<Move>(
      'page',
      'page',
      'server',
      'server',
      'up',
      'up',
      'down',
      'down',
      'cut',
      'time',
    ),
    { maxLength: 160 },
  );
  fc.assert(
    fc.property(moves, (list) => {
      const line = new Line();
      for (const move of list) line.move(move);
      line.settle();
      expect(line.arrived).toEqual(upTo(line.said.server));
      expect(line.far.got.map((frame) => frame.digits)).toEqual(
        upTo(line.said.page).map((count) => String(count % 10)),
      );
    }),
    { numRuns: 500 },
  );
});

test('random cuts and restarts never lose or double a frame of the page', () => {
  const moves = fc.array(
    fc.constantFrom<Move>(
      ...(['page', 'page', 'server', 'up', 'up', 'down', 'down', 'cut', 'time'] as const),
      ...(['restart', 'restart-all'] as const),
    ),
    { maxLength: 160 },
  );
  fc.assert(
    fc.property(moves, (list) => {
      const line = new Line();
      for (const move of list) line.move(move);
      line.settle();
      expect(line.far.got.map((frame) => frame.digits)).toEqual(
        upTo(line.said.page).map((count) => String(count % 10)),
      );
      line.move('server');
      line.settle();
      expect(line.arrived.at(-1) ?? -1).toBe(line.said.server - 1);
    }),
    { numRuns: 500 },
  );
});

test('random bytes of a server never throw and never end the link for good', () => {
  const anything = fc.oneof(fc.string(), fc.json(), frameLike());
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 30 }), (texts) => {
      const link = new Link({ auth: { token: 't' }, random: () => 0.3, sdk: 'test/1' });
      link.start(0);
      for (const [index, text] of texts.entries()) {
        link.opened(index);
        link.receive(index, text);
        drain(link);
        if (link.state === 'denied') link.start(index);
        if (link.state === 'waiting') link.nudge(index);
      }
      expect(link.state).not.toBe('ended');
    }),
    { numRuns: 500 },
  );
});

function frameLike(): fc.Arbitrary<string> {
  const types = ['welcome', 'denied', 'ping', 'ack', 'error', 'incoming', 'ended', 'offer', 'x'];
  return fc
    .record({
      type: fc.constantFrom(...types),
      seq: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.string()),
      received: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constant(null)),
      call: fc.oneof(fc.string(), fc.constant('c')),
      code: fc.constantFrom('blocked', '', 'A B'),
      message: fc.string(),
    })
    .map((value) => JSON.stringify(value));
}
