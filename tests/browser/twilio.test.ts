/** The vendor's second generation, row by row, in Chromium against the real server. */
import { afterAll, beforeAll } from 'vitest';
import { Surface } from './surface.js';
import { type Desk, TwilioOffice } from './twilio/office.js';
import { registering } from './twilio/registering.js';
import { still } from './twilio/still.js';

let office: TwilioOffice;
let quiet: Desk;

beforeAll(async () => {
  office = await TwilioOffice.open();
  quiet = await office.alice();
});

afterAll(() => office?.close());

const surface = new Surface('twilio.toml');
still(surface, () => quiet);
registering(surface, () => office);
surface.complete();
