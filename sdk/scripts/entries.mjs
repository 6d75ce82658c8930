// What the package is made of: an entry is an import of its own, a script of its own, and a report of its own.

/** The limits are bytes of gzip that a page has to load at most; what is loaded lazily is apart. */
export const ENTRIES = [
  { name: 'offhook', source: 'src/index.ts', module: 'index', global: 'Offhook', limit: 25_000 },
  {
    name: 'plivo',
    source: 'src/facades/plivo/index.ts',
    module: 'plivo',
    global: 'Plivo',
    limit: 40_000,
    // The vendor's script is the class itself, not a bag that has it.
    only: 'Plivo',
  },
  {
    name: 'twilio',
    source: 'src/facades/twilio/index.ts',
    module: 'twilio',
    global: 'Twilio',
    limit: 40_000,
  },
  {
    name: 'twilio-client',
    source: 'src/facades/twilio/client/index.ts',
    module: 'twilio-client',
    global: 'Twilio',
    limit: 40_000,
  },
];
