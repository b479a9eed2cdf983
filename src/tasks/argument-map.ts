/**
 * Argument maps: values by lists of arguments, each compared as `Map` compares its keys.
 *
 * A tree with one level for each argument. So a list of any length is a key as it is: nothing is made a string, and nothing is kept but the
 * arguments themselves.
 *
 * @module
 */

class Node<V> {
  next: Map<unknown, Node<V>> | null = null;
  value: V | undefined = undefined;

  /** Whether it leads nowhere. */
  get empty(): boolean {
    return this.value === undefined && (this.next === null || this.next.size === 0);
  }
}

/** Values by arguments. `undefined` is no value. O(number of arguments) for each call. */
export class ArgumentMap<V> {
  private readonly root = new Node<V>();

  get(args: readonly unknown[]): V | undefined {
    let node: Node<V> | undefined = this.root;
    for (const arg of args) {
      node = node.next?.get(arg);
      if (node === undefined) return undefined;
    }
    return node.value;
  }

  set(args: readonly unknown[], value: V): void {
    let node = this.root;
    for (const arg of args) {
      const next = (node.next ??= new Map<unknown, Node<V>>());
      let child = next.get(arg);
      if (child === undefined) next.set(arg, (child = new Node<V>()));
      node = child;
    }
    node.value = value;
  }

  delete(args: readonly unknown[]): void {
    const path = [this.root];
    for (const arg of args) {
      const child = path.at(-1)?.next?.get(arg);
      if (child === undefined) return;
      path.push(child);
    }
    (path.at(-1) as Node<V>).value = undefined;
    // Branches that lead nowhere any more go as well.
    for (let depth = args.length; depth > 0 && path[depth]?.empty === true; depth--)
      path[depth - 1]?.next?.delete(args[depth - 1]);
  }
}
