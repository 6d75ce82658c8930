/** What we use of the package's module, which comes without types. */
declare module '@jitsi/rnnoise-wasm/dist/rnnoise.js' {
  /** The network, and the memory it works in. Addresses are in bytes. */
  export interface Rnnoise {
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** @param model - 0 is the one that is built in. */
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** Gives how likely there was a voice, 0 to 1. */
    _rnnoise_process_frame(state: number, out: number, input: number): number;
  }

  // biome-ignore lint/style/noDefaultExport: that is how the package gives it
  export default function create(options: { wasmBinary: ArrayBuffer }): Promise<Rnnoise>;
}
