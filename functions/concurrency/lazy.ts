/** A value that is built at its first use and shared from then on. */
export type Lazy<T> = () => T;

/** Builds once. If `build` throws, the next call builds again. */
export function lazy<T>(build: () => T): Lazy<T> {
  let built: { readonly value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}
