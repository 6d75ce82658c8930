/** What the SDK takes for a frame, and what it sends for one, against the schema that both sides share. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteLength, parse } from '../../src/core/parse.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../spec/link/frames.schema.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(schema, 'frames');
const fromServer = ajv.compile({ $ref: 'frames#/server' });

const CALL = fc.oneof(fc.constant('c1'), fc.constant(''), fc.constant('a b'), fc.constant(7));
const FIELD: Record<string, fc.Arbitrary<unknown>> = {
  seq: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant('1'), fc.constant(1.5)),
  received: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant(null)),
  devices: fc.integer({ min: 0, max: 11 }),
  call: CALL,
  id: fc.oneof(fc.string(), fc.constant(1)),
  from: fc.oneof(fc.string(), fc.constant(null)),
  to: fc.string(),
  name: fc.string(),
  sdp: fc.oneof(fc.constant('v=0'), fc.constant(''), fc.constant('x'.repeat(32_769))),
  number: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(1_000_001)),
  reason: fc.constantFrom('hold', 'resume', 'restart', 'update', 'glare', 'Not A Word', ''),
  cause: fc.constantFrom('normal', 'no-answer', 'NO', ''),
  by: fc.constantFrom('peer', 'server', 'local', 'them'),
  message: fc.string(),
  sip: fc.integer({ min: 100, max: 699 }),
  q850: fc.integer({ min: 0, max: 127 }),
  digit: fc.constantFrom('1', '#', 'D', 'E', '11', ''),
  seconds: fc.constantFrom(0, 0.5, -1, '1'),
  content_type: fc.constantFrom('text/plain', 'x'.repeat(129)),
  body: fc.constantFrom('hello', 'x'.repeat(16_385)),
  event: fc.constantFrom('held', 'Held'),
  details: fc.constantFrom({}, { a: 1 }, null, []),
  code: fc.constantFrom('blocked', 'NOPE'),
  retry_after_s: fc.constantFrom(0, 600, -1),
  ref: fc.constantFrom(0, 3, -1),
  expires_at: fc.constantFrom(null, 1, 'soon'),
  parameters: fc.constantFrom({}, { a: 'b' }, { 'a b': 'c' }, { a: 1 }, { a: 'x'.repeat(1_025) }),
  headers: fc.constantFrom({}, { 'X-A': 'b' }, { 'X A': 'c' }, { a: 'x'.repeat(257) }),
};
const TYPES = (schema.server.oneOf as { $ref: string }[]).map(({ $ref }) => $ref.split('/').at(-1));

function frames(): fc.Arbitrary<Record<string, unknown>> {
  return fc.constantFrom(...TYPES.filter((type) => type !== 'welcome')).chain((type) => {
    const fields = Object.keys(schema.$defs[type as string].properties as object).filter(
      (name) => name !== 'type',
    );
    const required = schema.$defs[type as string].required as string[];
    const record = Object.fromEntries(fields.map((name) => [name, FIELD[name] ?? fc.anything()]));
    const requiredKeys = fields.filter((name) => required.includes(name));
    return fc.record(record, { requiredKeys }).map((frame) => ({ ...frame, type }));
  });
}

describe('frames of the server', () => {
  test('every type of the schema is known', () => {
    for (const type of TYPES) expect(parse(JSON.stringify({ type }))).toEqual({ bad: 'bad-frame' });
  });

  test('the SDK takes exactly what the schema allows', () => {
    let good = 0;
    fc.assert(
      fc.property(frames(), (frame) => {
        const text = JSON.stringify(frame);
        const taken = 'frame' in parse(text);
        if (taken) good += 1;
        expect(taken).toBe(fromServer(JSON.parse(text)));
      }),
      { numRuns: 1_500 },
    );
    expect(good).toBeGreaterThan(20);
  });

  test('a welcome is read with its party and its ICE servers', () => {
    const welcome = {
      type: 'welcome',
      link: 'l',
      key: 'k',
      party: { name: 'a', account: 'b', outgoing: true, incoming: false, expires_at: 5 },
      heartbeat_s: 15,
      resume_s: 60,
      ice_servers: [{ urls: ['stun:x'], username: 'u', credential: 'c' }],
      resumed: false,
      received: 0,
    };
    expect(fromServer(welcome)).toBe(true);
    expect(parse(JSON.stringify(welcome))).toEqual({ frame: welcome });
    const odd = [{ heartbeat_s: 0 }, { party: {} }, { ice_servers: [{}] }, { received: -1 }];
    for (const change of odd) {
      expect(fromServer({ ...welcome, ...change })).toBe(false);
      expect(parse(JSON.stringify({ ...welcome, ...change }))).toEqual({ bad: 'bad-frame' });
    }
  });
});

test('bytes are counted as UTF-8 does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(byteLength(text)).toBe(Buffer.byteLength(text));
    }),
  );
});
