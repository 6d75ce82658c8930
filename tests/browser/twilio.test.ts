/** The vendor's second generation, row by row, in Chromium against the real server. */
import { afterAll, beforeAll } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { audio } from './twilio/audio.js';
import { calls } from './twilio/calls.js';
import { endings } from './twilio/endings.js';
import { type Desk, TwilioOffice } from './twilio/office.js';
import { options } from './twilio/options.js';
import { preflight } from './twilio/preflight.js';
import { quality } from './twilio/quality.js';
import { registering } from './twilio/registering.js';
import { sounds } from './twilio/sounds.js';
import { still } from './twilio/still.js';

let office: TwilioOffice;
let quiet: Desk;

beforeAll(async () => {
  office = await TwilioOffice.open();
  quiet = await office.alice();
  beginEarly();
});

afterAll(() => office?.close());

const surface = new Surface('twilio.toml');
still(surface, () => quiet);
registering(surface, () => office);
calls(surface, () => office);
endings(surface, () => office);
options(surface, () => office);
sounds(surface, () => office);
quality(surface, () => office);
audio(surface, () => office);
preflight(surface, () => office);
surface.complete();
