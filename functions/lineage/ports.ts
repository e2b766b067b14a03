import type { PackedUnitStore } from '../catalog/ports';
import type { LineageUnit } from './lineage-unit';

/** Lineage of factories as packed rows. */
export type LineageStore = Omit<PackedUnitStore<LineageUnit>, 'forget'>;
