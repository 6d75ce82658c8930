/** What is done to sound on its way: from the microphone to the calls, or from the far end to the speaker. */

/** Makes a stream of another; one at a time in each direction. @public */
export interface Processor {
  /** The stream that takes the place of this one. */
  create(stream: MediaStream): Promise<MediaStream>;
  /** That stream is no longer used. */
  destroy(stream: MediaStream): Promise<void>;
}

/** A stream that went through some processors, and the way to let it go. */
export interface Processed {
  readonly stream: MediaStream;
  release(): Promise<void>;
}

/** Sends a stream through processors, one after the other. When one fails, those before let go. */
export async function throughAll(
  stream: MediaStream,
  processors: readonly Processor[],
): Promise<Processed> {
  const made: [Processor, MediaStream][] = [];
  const release = async (): Promise<void> => {
    for (const [processor, result] of made.splice(0).reverse()) {
      await processor.destroy(result).catch(() => undefined);
    }
  };
  let current = stream;
  try {
    for (const processor of processors) {
      current = await processor.create(current);
      made.push([processor, current]);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { stream: current, release };
}
