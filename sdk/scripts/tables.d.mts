/** What `tables.mjs` offers to the test that keeps the tables true. */
export interface Table {
  readonly from: string;
  readonly to: string;
  make(text: string): string;
}
export declare const TABLES: readonly Table[];
export declare function written(table: Table): string;
