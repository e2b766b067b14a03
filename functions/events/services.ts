/** Composition of this module: events and their streams. */
import type { WorkRequests } from '../durable/ports';
import { EventService } from './event-service';
import type { EventStore, EventTrail, Outbox } from './ports';

export interface EventServices {
  readonly events: EventService;
}

export interface EventPorts {
  readonly eventStore: EventStore;
  readonly outbox: Outbox;
  readonly auditTrail: EventTrail;
  readonly workRequests: WorkRequests;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Uint8Array;
}

export function eventServices(ports: EventPorts): EventServices {
  const { eventStore, outbox, now, randomBytes, auditTrail, workRequests } = ports;
  return {
    events: new EventService(eventStore, outbox, now, randomBytes, auditTrail, workRequests),
  };
}
