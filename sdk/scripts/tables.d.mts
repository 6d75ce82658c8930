/** What `tables.mjs` offers to the test that keeps the tables true. */
export declare function parse(
  text: string,
): Record<string, Record<string, string | number | boolean> | undefined>;
export declare const TABLES: readonly {
  readonly from: string;
  readonly to: string;
  make(text: string): string;
}[];
