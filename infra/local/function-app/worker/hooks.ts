/** Hooks of the bundle: app start and end, log lines, before and after each invocation. */
import { Disposable } from './disposable';

const names = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof names)[number];
export type HookCallback = (context: object) => unknown;

export class Hooks {
  /** Shared by all hooks of the app. */
  readonly #appHookData = {};
  readonly #callbacks = new Map<HookName, HookCallback[]>(names.map((name) => [name, []]));

  register(name: string, callback: HookCallback): Disposable {
    const callbacks = this.#callbacks.get(name as HookName);
    if (!callbacks) throw new RangeError(`The hook "${name}" is not known.`);
    callbacks.push(callback);
    return new Disposable(() => void callbacks.splice(callbacks.indexOf(callback), 1));
  }

  has(name: HookName): boolean {
    return this.#callbacks.get(name)!.length > 0;
  }

  /**
   * Runs the hooks one after another, in the order of registration, with the same context object.
   */
  async run<Context extends object>(name: HookName, context: Context): Promise<Context> {
    const fullContext = Object.assign(context, { appHookData: this.#appHookData });
    for (const callback of this.#callbacks.get(name)!) await callback(fullContext);
    return fullContext;
  }

  /** Runs the log hooks without waiting. */
  runNow<Context extends object>(name: 'log', context: Context): Context {
    for (const callback of this.#callbacks.get(name)!) callback(context);
    return context;
  }
}
