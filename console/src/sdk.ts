/** The public SDK. */
export * from '../../sdk/src/index.js';
