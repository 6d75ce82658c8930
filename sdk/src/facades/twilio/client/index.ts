/** The vendor's first generation, on our own client. */

export { Connection } from './connection.js';
export { Device } from './device.js';
export { PreflightTest } from './preflight.js';
