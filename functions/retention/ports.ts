/** Data whose rows expire one by one. */
export interface ExpiringData {
  /**
   * Deletes expired rows and yields the key of each. Needs no checkpoint: the rows that remain are
   * where the next call continues.
   */
  deleteExpired(): AsyncIterable<string>;
}
