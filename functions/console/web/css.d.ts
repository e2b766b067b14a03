/** Style sheets are bundled; they have no exports. */
declare module '*.css';
