/** Who is asking. Data belongs to the tenant; the person is known by object id, never by an address. */
export const roles = ['Owner', 'Member', 'Viewer', 'Operator'] as const;
export type Role = (typeof roles)[number];

export interface Caller {
  /** Entra tenant (`tid`): the owner of everything the caller sets up. */
  readonly tenantId: string;
  /** Entra object id (`oid`) of the person or app. */
  readonly objectId: string;
  /** For people to read; never a key. */
  readonly displayName: string;
  readonly roles: readonly Role[];
}

/** Readers of what is set up and catalogued; Operators see it too, without any secret. */
export const anyRole: readonly Role[] = ['Owner', 'Member', 'Viewer', 'Operator'];
export const ownersAndMembers: readonly Role[] = ['Owner', 'Member'];
export const owners: readonly Role[] = ['Owner'];
