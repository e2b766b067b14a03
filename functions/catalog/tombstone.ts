/** A resource that was removed stays hidden for a while, so that it can be looked at and may come back. Then it goes. */
export interface Tombstone {
  readonly rowKey: string;
  readonly deletedAt: string;
  /** The sync whose mass removal hid it: it stays until somebody confirms. */
  readonly heldBy?: string;
  readonly etag: string;
}

/** What may go: what was removed before a time, and is held by no sync but one that was confirmed. */
export interface Ripeness {
  readonly before: string;
  readonly confirmed?: string | undefined;
}

export const isRipe = ({ deletedAt, heldBy }: Tombstone, { before, confirmed }: Ripeness) =>
  deletedAt < before && (heldBy === undefined || heldBy === confirmed);
