/** Data whose rows expire one by one. */
export interface ExpiringData {
  /**
   * Deletes expired rows and yields the key of each. Needs no checkpoint: the next call
   * continues with the rows that remain.
   */
  deleteExpired(): AsyncIterable<string>;
}
