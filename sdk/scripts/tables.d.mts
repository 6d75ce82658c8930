/** What `tables.mjs` offers to the test that keeps the tables true. */
export declare const TABLES: readonly {
  readonly from: string;
  readonly to: string;
  make(text: string): string;
}[];
