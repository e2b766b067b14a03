/** Grants as the API returns them, and their states in words. Pure. */
import type { ItemOf } from '../../api/endpoint-types';
import type { Tone } from '../../parts/pill';

export type Grant = ItemOf<'listGrants'>;

export const grantPills: Readonly<Record<Grant['status'], { tone: Tone; label: string }>> = {
  pending: { tone: 'active', label: 'Pending' },
  assigned: { tone: 'good', label: 'Assigned' },
  manual: { tone: 'neutral', label: 'Assigned by others' },
  failed: { tone: 'bad', label: 'Refused by Azure' },
};

export const roleTexts: Readonly<Record<Grant['role'], string>> = {
  contributor: 'Data Factory Contributor',
  operator: 'Data Factory Operator',
  reader: 'Reader',
};

/** The last segment of a resource id: the name of a factory or of a resource group. */
export const scopeName = (scope: string): string => scope.split('/').at(-1) ?? scope;
