/**
 * A value that a store returned, with the version that was read. Only a stored value can be
 * replaced.
 */
export type Stored<T> = T & { readonly etag: string };
