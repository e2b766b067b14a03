/** Operations on existing instances. Each resolves when its effect is stored. */
import { orchestratorFailure, childFailure } from '../failures';
import type { Engine } from '../engine';
import { event } from '../history';
import type { Instance } from '../instance';
import { rewindHistory } from './rewind';
import type { InstanceWriter } from '../storage/instance-writer';

/** `finished`: the instance exists, but it has finished. */
export type OperationResult = 'done' | 'finished' | 'missing';

/** The extension suspends and resumes an instance only from the opposite state. */
export class WrongStateError extends Error {
  override readonly name = 'System.InvalidOperationException';

  constructor(verb: 'suspend' | 'resume', { id, runtimeStatus }: Instance) {
    super(
      `Cannot ${verb} the orchestration instance ${id} because instance is in the ${runtimeStatus} state.`,
    );
  }
}

export async function raiseEvent(
  engine: Engine,
  id: string,
  name: string,
  input: string | null,
): Promise<OperationResult> {
  const writer = engine.findLoaded(id);
  if (!writer || writer.instance.isFinished) return finishedOrMissing(engine, id);
  const raised = event('EventRaised', new Date(), { Name: name, Input: input });
  engine.post(writer, raised, writer.instance.execution);
  // Wait for the running episode, whose write may already include the event.
  await engine.runExclusive(id, async () => undefined);
  await engine.save(writer);
  return 'done';
}

export function suspend(engine: Engine, id: string, reason: string): Promise<OperationResult> {
  return onUnfinished(engine, id, async (writer) => {
    const { instance } = writer;
    if (instance.runtimeStatus === 'Suspended') throw new WrongStateError('suspend', instance);
    instance.execution.append([event('ExecutionSuspended', new Date(), { Reason: reason })]);
    await setStatus(engine, writer, 'Suspended');
  });
}

export function resume(engine: Engine, id: string, reason: string): Promise<OperationResult> {
  return onUnfinished(engine, id, async (writer) => {
    const { instance } = writer;
    if (instance.runtimeStatus !== 'Suspended') throw new WrongStateError('resume', instance);
    instance.execution.append([event('ExecutionResumed', new Date(), { Reason: reason })]);
    await setStatus(engine, writer, 'Running');
    engine.deliver(writer);
  });
}

/** Children run on to their end, as with the extension. */
export function terminate(engine: Engine, id: string, reason: string): Promise<OperationResult> {
  return onUnfinished(engine, id, async (writer) => {
    const { instance } = writer;
    const { execution, executionId, parent, name } = instance;
    const failure = childFailure(name, orchestratorFailure(reason));
    execution.append([event('ExecutionTerminated', new Date(), { Input: reason })]);
    instance.finish('Terminated', JSON.stringify(reason));
    await engine.save(writer, () => {
      engine.dispatcher.disarm(executionId, execution.open);
      engine.dispatcher.report(parent, { failure });
    });
  });
}

/** Rewinds a failed instance to before its failure, after its failed child. */
export function rewind(
  engine: Engine,
  id: string,
  reason: string,
  matches: (instance: Instance) => boolean = () => true,
): Promise<OperationResult> {
  return engine.runExclusive(id, async () => {
    const writer = await engine.find(id);
    if (!writer) return 'missing';
    const { instance } = writer;
    if (instance.runtimeStatus !== 'Failed' || !matches(instance)) return 'finished';
    const { history, inbox, child } = rewindHistory(instance.execution.events, reason, new Date());
    const isOurs = isChildOf(id, instance.executionId);
    if (child) await rewind(engine, child.InstanceId, reason, isOurs);
    instance.output = undefined;
    instance.rewrite('Running', history, inbox);
    await engine.activate(writer);
    return 'done';
  });
}

/** Deletes a finished instance from storage. */
export function purge(engine: Engine, id: string): Promise<OperationResult | 'unfinished'> {
  return engine.runExclusive(id, async () => {
    const live = engine.findLoaded(id);
    if (live && !live.instance.isFinished) return 'unfinished';
    if (live) await engine.save(live);
    if (!(await engine.table.status(id))) return 'missing';
    await engine.table.purge(id);
    return 'done';
  });
}

function onUnfinished(
  engine: Engine,
  id: string,
  work: (writer: InstanceWriter) => Promise<void>,
): Promise<OperationResult> {
  return engine.runExclusive(id, async () => {
    const writer = engine.findLoaded(id);
    if (!writer || writer.instance.isFinished) return finishedOrMissing(engine, id);
    await work(writer);
    return 'done';
  });
}

async function finishedOrMissing(engine: Engine, id: string): Promise<OperationResult> {
  return engine.findLoaded(id) || (await engine.table.status(id)) ? 'finished' : 'missing';
}

async function setStatus(engine: Engine, writer: InstanceWriter, status: 'Suspended' | 'Running') {
  writer.instance.runtimeStatus = status;
  writer.instance.updatedAt = new Date();
  await engine.save(writer);
}

const isChildOf = (instanceId: string, executionId: string) => (instance: Instance) =>
  instance.parent?.instanceId === instanceId && instance.parent.executionId === executionId;
