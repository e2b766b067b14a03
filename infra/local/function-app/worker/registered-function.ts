/**
 * A function as the bundle registered it. Registration fails for functions that this host cannot
 * run.
 */
import type { Binding, FunctionHandler, FunctionMetadata } from './worker-protocol';

export interface RegisteredFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly handler: FunctionHandler;
  readonly trigger: Binding;
  /** Binding names of the trigger and of the Durable clients. */
  readonly triggerName: string;
  readonly clientNames: readonly string[];
}

const triggers = [
  'httpTrigger',
  'timerTrigger',
  'queueTrigger',
  'orchestrationTrigger',
  'activityTrigger',
  'entityTrigger',
];
const clients = ['durableClient', 'durableClientInput'];
const validName = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

export function describeFunction(
  metadata: FunctionMetadata,
  handler: FunctionHandler,
): RegisteredFunction {
  const { name } = metadata;
  const refuse = (reason: string): never => {
    throw new Error(`Function "${name}" ${reason}.`);
  };
  if (!validName.test(name))
    refuse('has a name with characters other than letters, digits, - and _');
  if (typeof handler !== 'function') refuse('has no handler');
  if (metadata.retryOptions) refuse('has a retry policy, which this host does not support');

  const bindings = Object.entries(metadata.bindings);
  const found = bindings.filter(([, { type }]) => /trigger$/i.test(type));
  const [triggerName, trigger] = found[0] ?? refuse('has no trigger');
  if (found.length > 1) refuse('has more than one trigger');
  if (!triggers.includes(trigger.type))
    refuse(`has a ${trigger.type}, which this host does not support`);

  const others = bindings.filter(([key]) => key !== triggerName);
  for (const [key, { type, direction }] of others) {
    const known =
      direction === 'in' ? clients.includes(type) : key === '$return' && type === 'http';
    if (!known)
      refuse(`has the ${direction}put binding "${type}", which this host does not support`);
  }
  const clientNames = others.filter(([, { direction }]) => direction === 'in').map(([key]) => key);
  return { name, metadata, handler, trigger, triggerName, clientNames };
}
