/** Applies a JSON Patch (RFC 6902) of the operations add, remove and replace to a plain value, in place. @throws Error */
export function applyJsonPatch(value: object, operations: readonly unknown[]): void {
  for (const operation of operations) {
    const { op, path, value: added } = operation as { op?: unknown; path?: unknown; value?: unknown };
    if (typeof path !== 'string' || !path.startsWith('/')) throw new Error(`bad path ${JSON.stringify(path)}`);
    const names = path
      .slice(1)
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop()!;
    // biome-ignore lint/suspicious/noExplicitAny: a plain value of any shape
    let at: any = value;
    for (const name of names) {
      at = Object.hasOwn(at, name) ? at[name] : undefined;
      if (typeof at !== 'object' || at === null) throw new Error(`${path}: there is no ${name}`);
    }
    if (Array.isArray(at)) patchList(at, last, op, added, path);
    else if (op === 'add' || op === 'replace') {
      Object.defineProperty(at, last, { value: added, enumerable: true, configurable: true, writable: true });
    } else if (op === 'remove') {
      if (!Object.hasOwn(at, last)) throw new Error(`${path}: there is nothing to remove`);
      delete at[last];
    } else throw new Error(`unknown operation ${JSON.stringify(op)}`);
  }
}

function patchList(list: unknown[], name: string, op: unknown, added: unknown, path: string): void {
  const index = name === '-' ? list.length : Number(name);
  const end = op === 'add' ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > end) throw new Error(`${path}: is not in the list`);
  if (op === 'add') list.splice(index, 0, added);
  else if (op === 'remove') list.splice(index, 1);
  else if (op === 'replace') list[index] = added;
  else throw new Error(`unknown operation ${JSON.stringify(op)}`);
}
