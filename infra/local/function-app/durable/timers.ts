/**
 * Durable timers that follow the process clock, which tests may move. Any due time is possible.
 * Queues count whole seconds, so a timer fires up to a second early.
 */
interface ArmedTimer {
  readonly dueAt: number;
  readonly fire: () => void;
  handle?: NodeJS.Timeout;
}

/** Limit of setTimeout. */
const maxTimeoutMs = 2 ** 31 - 1;

export class Timers {
  readonly #armed = new Map<string, ArmedTimer>();

  arm(key: string, dueAt: Date, fire: () => void): void {
    this.disarm(key);
    const armed = { dueAt: Math.floor(dueAt.getTime() / 1_000) * 1_000, fire };
    this.#armed.set(key, armed);
    this.#wait(key, armed);
  }

  disarm(key: string): void {
    clearTimeout(this.#armed.get(key)?.handle);
    this.#armed.delete(key);
  }

  clockMoved(): void {
    for (const [key, armed] of this.#armed) this.#wait(key, armed);
  }

  stop(): void {
    for (const key of this.#armed.keys()) this.disarm(key);
  }

  #wait(key: string, armed: ArmedTimer): void {
    clearTimeout(armed.handle);
    const remainingMs = armed.dueAt - Date.now();
    armed.handle = setTimeout(
      () => {
        if (Date.now() < armed.dueAt) return this.#wait(key, armed);
        this.#armed.delete(key);
        armed.fire();
      },
      Math.max(0, Math.min(remainingMs, maxTimeoutMs)),
    );
  }
}
