import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { allowed, type Shape } from './shape.ts';

export interface ScenarioProblem {
  /** Such as `phases[1].load.rooms`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface Where {
  position(node: Node | null): { readonly line: number; readonly column: number };
}

const MOST_PROBLEMS = 50;

/** Checks a YAML node against a shape, fills defaults in, and collects every problem. */
export class ShapeCheck {
  readonly problems: ScenarioProblem[] = [];
  readonly #where: Where;

  constructor(where: Where) {
    this.#where = where;
  }

  report(path: string, node: Node | null, text: string): void {
    if (this.problems.length < MOST_PROBLEMS) {
      this.problems.push({ path: path || '(document)', ...this.#where.position(node), text });
    }
  }

  /** @returns the value with defaults, or undefined where it has a problem. */
  read(node: Node | null, shape: Shape, path: string): unknown {
    if (isAlias(node)) return void this.report(path, node, 'aliases (*name) are not taken; write the value out');
    switch (shape.kind) {
      case 'object':
        return this.#readObject(node, shape, path);
      case 'list':
        return this.#readList(node, shape, path);
      case 'off-or':
        // YAML 1.1 reads `off` as false, 1.2 as a word.
        if (isScalar(node) && (node.value === 'off' || node.value === false || node.value === null)) return null;
        return this.read(node, shape.of, path);
      default:
        return this.#readScalar(node, shape, path);
    }
  }

  #readScalar(node: Node | null, shape: Shape, path: string): unknown {
    const value = isScalar(node) ? node.value : undefined;
    const fits = (() => {
      switch (shape.kind) {
        case 'text':
          return typeof value === 'string' && value.length <= shape.maxLength && (shape.pattern?.test(value) ?? true);
        case 'number':
          return (
            typeof value === 'number' &&
            value >= shape.min &&
            value <= shape.max &&
            (shape.integer !== true || Number.isInteger(value))
          );
        case 'flag':
          return typeof value === 'boolean';
        case 'choice':
          return typeof value === 'string' && shape.values.includes(value);
        default:
          return false;
      }
    })();
    if (fits) return value;
    return void this.report(path, node, `${shown(node)} is not ${allowed(shape)}`);
  }

  #readList(node: Node | null, shape: Shape & { kind: 'list' }, path: string): unknown {
    if (!isSeq(node)) return void this.report(path, node, `${shown(node)} is not ${allowed(shape)}`);
    const count = node.items.length;
    if (count < shape.min || count > shape.max) {
      return void this.report(path, node, `${count} entries, allowed is ${allowed(shape)}`);
    }
    return node.items.map((item, index) => this.read(item as Node | null, shape.of, `${path}[${index}]`));
  }

  #readObject(node: Node | null, shape: Shape & { kind: 'object' }, path: string): unknown {
    if (!isMap(node)) return void this.report(path, node, `${shown(node)} is not ${allowed(shape)}`);
    const given = new Map<string, Node | null>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : null;
      if (name === null || !Object.hasOwn(shape.fields, name)) {
        const names = Object.keys(shape.fields);
        const near = name === null ? undefined : names.find((known) => known.toLowerCase() === name.toLowerCase());
        const hint = near === undefined ? `allowed are ${names.join(', ')}` : `did you mean ${near}?`;
        this.report(join(path, name ?? '?'), key, `no such field; ${hint}`);
      } else given.set(name, value);
    }
    const result: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(shape.fields)) {
      const at = join(path, name);
      if (given.has(name)) result[name] = this.read(given.get(name)!, field.shape, at);
      else if ('default' in field) result[name] = fillDefaults(field.shape, field.default);
      else this.report(at, node, `is missing; give ${allowed(field.shape)}`);
    }
    return result;
  }
}

/** A default may itself leave fields out. */
function fillDefaults(shape: Shape, value: unknown): unknown {
  if (value === null) return null;
  if (shape.kind === 'off-or') return fillDefaults(shape.of, value);
  if (shape.kind !== 'object') return value;
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape.fields).map(([name, field]) => [
      name,
      fillDefaults(field.shape, given[name] ?? field.default),
    ]),
  );
}

const join = (path: string, name: string): string => {
  const clean = /^[\w-]{1,40}$/.test(name) ? name : JSON.stringify(name.slice(0, 40));
  return path === '' ? clean : `${path}.${clean}`;
};

function shown(node: Node | null): string {
  if (isMap(node)) return 'a group of fields';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = JSON.stringify(typeof node.value === 'bigint' ? String(node.value) : node.value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
