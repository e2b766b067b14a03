/** Who did something: a person or app, or the system itself. */
import { z } from 'zod';

/**
 * A person or app of an Entra tenant. The object id is the identity, the display name is for
 * readers.
 */
export const person = z.object({ objectId: z.string(), displayName: z.string() });
export type Person = Readonly<z.infer<typeof person>>;

/** A person in API responses. */
export const personResponse = z.strictObject(person.shape);

/** A person who acts in a tenant. Every Caller is an Actor. */
export interface Actor extends Person {
  readonly tenantId: string;
}

/** `system` stands for timers and steps. */
export const eventActor = z.union([z.literal('system'), person]);
export type EventActor = Person | 'system';

/** The person alone, without other members that a Caller carries. */
export const personOf = ({ objectId, displayName }: Person): Person => ({ objectId, displayName });
