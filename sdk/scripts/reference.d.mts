/** The reference of one entry: a map of file names to Markdown. */
export declare function pagesOf(model: unknown, module: string): Record<string, string>;
