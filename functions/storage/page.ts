/** What a store gives back of a long list. `continuation` is the store's own word and never leaves unsigned. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly continuation?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly continuation?: string;
}
