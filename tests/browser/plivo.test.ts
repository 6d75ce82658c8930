/** The vendor's page, row by row, in Chromium against the real server. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { chromium } from './browsers.js';
import { audio } from './plivo/audio.js';
import { calls } from './plivo/calls.js';
import { endings } from './plivo/endings.js';
import { PlivoOffice } from './plivo/office.js';
import { options } from './plivo/options.js';
import { quality } from './plivo/quality.js';
import { registering } from './plivo/registering.js';
import { sounds } from './plivo/sounds.js';
import { tokens } from './plivo/tokens.js';

let office: PlivoOffice;

beforeAll(async () => {
  office = await PlivoOffice.open(() => chromium({ hz: 620 }), { apart: true });
  beginEarly();
});

afterEach(async () => {
  expect(await office.tidy()).toEqual([]);
});

afterAll(() => office?.close());

const surface = new Surface('plivo.toml');
registering(surface, () => office);
tokens(surface, () => office);
calls(surface, () => office);
endings(surface, () => office);
options(surface, () => office);
sounds(surface, () => office);
audio(surface, () => office);
quality(surface, () => office);
surface.complete();
