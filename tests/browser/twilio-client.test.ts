/** The vendor's first generation, row by row, in Chromium against the real server. */
import { afterAll, beforeAll } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { type Desk, TwilioOffice } from './twilio/office.js';
import { calls } from './twilio-client/calls.js';
import { options } from './twilio-client/options.js';
import { still } from './twilio-client/still.js';

let office: TwilioOffice;
let quiet: Desk;

beforeAll(async () => {
  office = await TwilioOffice.open();
  quiet = await office.alice('twilio-client');
  beginEarly();
});

afterAll(() => office?.close());

const surface = new Surface('twilio-client.toml');
still(surface, () => quiet);
calls(surface, () => office);
options(surface, () => office);
surface.complete();
