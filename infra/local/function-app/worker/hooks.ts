/** Hooks that the bundle registers around its own start, its end, its log lines and every invocation. */
import { Disposable } from './disposable';

const names = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof names)[number];
export type HookCallback = (context: object) => unknown;

export class Hooks {
  /** One for the whole life of the app; every hook sees it. */
  readonly #appHookData = {};
  readonly #callbacks = new Map<HookName, HookCallback[]>(names.map((name) => [name, []]));

  register(name: string, callback: HookCallback): Disposable {
    const callbacks = this.#callbacks.get(name as HookName);
    if (!callbacks) throw new RangeError(`There is no hook named "${name}".`);
    callbacks.push(callback);
    return new Disposable(() => void callbacks.splice(callbacks.indexOf(callback), 1));
  }

  has(name: HookName): boolean {
    return this.#callbacks.get(name)!.length > 0;
  }

  /** One after the other, in the order of registration; the same object for all of them. */
  async run<Context extends object>(name: HookName, context: Context): Promise<Context> {
    const given = Object.assign(context, { appHookData: this.#appHookData });
    for (const callback of this.#callbacks.get(name)!) await callback(given);
    return given;
  }

  /** The hook of log lines cannot be waited for. */
  runNow<Context extends object>(name: 'log', context: Context): Context {
    for (const callback of this.#callbacks.get(name)!) callback(context);
    return context;
  }
}
