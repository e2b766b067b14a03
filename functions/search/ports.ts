import type { PackedUnitStore } from '../catalog/ports';
import type { SearchUnit } from './search-unit';

/** What is searched of factories, as packed rows. */
export type SearchStore = Omit<PackedUnitStore<SearchUnit>, 'forget'>;
