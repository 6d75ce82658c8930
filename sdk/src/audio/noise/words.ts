/** What the page and its audio worklet say to each other. */

/** The worklet's name. */
export const NODE = 'offhook-noise';

/** What the page says. */
export type Command = 'end';

/** What the worklet says, once. */
export type Report = { readonly ready: true } | { readonly fault: string };
