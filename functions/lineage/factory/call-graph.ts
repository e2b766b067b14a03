/** Which pipelines call which. Cycles are groups, within which parameters are not passed on. */

/** Row keys of the pipelines that each document calls. */
export type Callees = ReadonlyMap<string, readonly string[]>;

export interface CallGraph {
  /** All documents, callers first. */
  readonly order: readonly string[];
  /** Number of the cycle that a document belongs to; a document without a cycle has its own. */
  readonly group: ReadonlyMap<string, number>;
  /** Groups of more than one document, or of one that calls itself. */
  readonly cycles: ReadonlySet<number>;
}

/** Strongly connected components by Tarjan's algorithm, without recursion. */
export function callGraph(callees: Callees): CallGraph {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const group = new Map<string, number>();
  const cycles = new Set<number>();
  const components: string[][] = [];
  const targets = (node: string) => (callees.get(node) ?? []).filter((each) => callees.has(each));

  const enter = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    return { node, next: targets(node)[Symbol.iterator]() };
  };
  const leave = (node: string) => {
    if (low.get(node) !== index.get(node)) return;
    const members: string[] = [];
    for (let member: string | undefined; member !== node;) {
      member = stack.pop()!;
      onStack.delete(member);
      group.set(member, components.length);
      members.push(member);
    }
    if (members.length > 1 || targets(node).includes(node)) cycles.add(components.length);
    components.push(members.sort());
  };
  for (const root of [...callees.keys()].sort()) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const { node, next } = path.at(-1)!;
      const { value: target, done } = next.next();
      if (done) {
        path.pop();
        leave(node);
        const parent = path.at(-1)?.node;
        if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!));
      } else if (!index.has(target)) path.push(enter(target));
      else if (onStack.has(target)) low.set(node, Math.min(low.get(node)!, index.get(target)!));
    }
  }
  return { order: components.reverse().flat(), group, cycles };
}
