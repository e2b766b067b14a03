/** What a store gives back: the value, and the version it was read at. Only a Stored value can be replaced. */
export type Stored<T> = T & { readonly etag: string };
