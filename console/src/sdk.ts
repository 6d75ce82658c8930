/** The SDK as everybody gets it. */
export * from '../../sdk/src/index.js';
