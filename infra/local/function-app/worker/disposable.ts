/** What a registration hands back, as @azure/functions-core defines it: dispose of it to undo the registration. */
export class Disposable {
  #undo: (() => unknown) | undefined;

  constructor(undo: () => unknown) {
    this.#undo = undo;
  }

  static from(...all: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}
