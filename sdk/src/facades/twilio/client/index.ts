/** The vendor's first generation, on our own client. */

export { Device } from './both.js';
export { Connection } from './connection.js';
export { PreflightTest } from './preflight.js';
