/**
 * Checks of untrusted JSON: each takes a value of any kind and gives back a new one that holds what is known of it and
 * nothing else. They throw `Misshapen` among themselves; `checked` turns that into a value at the edge.
 */
export type Shape<T> = (value: unknown, where: string) => T;

/** What a shape is made of: `ShapeOf<typeof shape>`. */
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

/** Why a value was refused, for the one who sent it: where in the message, and what is wrong. */
export interface Refusal {
  readonly problem: string;
}

class Misshapen extends Error {}

/** @returns the value as the shape knows it, or why it is not one. */
export function checked<T>(shape: Shape<T>, value: unknown): T | Refusal {
  try {
    return shape(value, 'message');
  } catch (error) {
    if (error instanceof Misshapen) return { problem: error.message };
    throw error;
  }
}

export function isRefusal(value: object): value is Refusal {
  return 'problem' in value;
}

function refuse(where: string, what: string): never {
  throw new Misshapen(`${where} is not ${what}`);
}

/** Text of bounded length (UTF-16 units). */
export const text =
  (longest: number, shortest = 0): Shape<string> =>
  (value, where) => {
    if (typeof value !== 'string') refuse(where, 'text');
    if (value.length > longest || value.length < shortest)
      refuse(where, `text of ${shortest} to ${longest} characters`);
    return value;
  };

/** Text that a pattern describes in whole. */
export const textLike =
  (pattern: RegExp, what: string): Shape<string> =>
  (value, where) =>
    typeof value === 'string' && pattern.test(value) ? value : refuse(where, what);

export const flag: Shape<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : refuse(where, 'true or false');

export const number =
  (least: number, most: number): Shape<number> =>
  (value, where) =>
    typeof value === 'number' && value >= least && value <= most
      ? value
      : refuse(where, `a number of ${least} to ${most}`);

export const integer =
  (least: number, most: number): Shape<number> =>
  (value, where) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : refuse(where, `a whole number of ${least} to ${most}`);

export const oneOf =
  <const W extends readonly string[]>(words: W): Shape<W[number]> =>
  (value, where) =>
    words.includes(value as string) ? (value as W[number]) : refuse(where, `one of ${words.join(', ')}`);

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, where) =>
    value === null ? null : shape(value, where);

/** A member that may be absent, and then has this value. */
export const orElse =
  <T, const D>(shape: Shape<T>, otherwise: D): Shape<T | D> =>
  (value, where) =>
    value === undefined ? otherwise : shape(value, where);

export const list =
  <T>(shape: Shape<T>, most: number): Shape<readonly T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) refuse(where, 'a list');
    if (value.length > most) refuse(where, `a list of at most ${most}`);
    return value.map((entry, index) => shape(entry, `${where}[${index}]`));
  };

/** An object used as a table, with bounded keys. Without a prototype, so that no key has a meaning of its own. */
export const table =
  <T>(shape: Shape<T>, most: number, longestKey: number): Shape<Readonly<Record<string, T>>> =>
  (value, where) => {
    const entries = Object.entries(plainObject(value, where));
    if (entries.length > most) refuse(where, `a table of at most ${most}`);
    const copy: Record<string, T> = Object.create(null);
    for (const [key, entry] of entries) {
      if (key.length > longestKey) refuse(where, `a table with keys of at most ${longestKey} characters`);
      copy[key] = shape(entry, `${where}[${JSON.stringify(key)}]`);
    }
    return copy;
  };

type Members = Readonly<Record<string, Shape<unknown>>>;
type Checked<M extends Members> = { readonly [K in keyof M]: ShapeOf<M[K]> };

/** An object with these members; others are left out, so that an older program understands a newer one. */
export const object =
  <const M extends Members>(members: M): Shape<Checked<M>> =>
  (value, where) => {
    const given = plainObject(value, where);
    const copy: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries(members)) {
      const member = Object.hasOwn(given, name) ? given[name] : undefined;
      copy[name] = shape(member, where === 'message' ? name : `${where}.${name}`);
    }
    return copy as Checked<M>;
  };

/** A message of one of several types, told apart by its member `type`. */
export const message =
  <const M extends Readonly<Record<string, Members>>>(types: M): Shape<Message<M>> =>
  (value, where) => {
    const { type } = plainObject(value, where);
    if (typeof type !== 'string' || !Object.hasOwn(types, type)) {
      refuse('type', `one of ${Object.keys(types).join(', ')}`);
    }
    return { type, ...object(types[type])(value, where) } as Message<M>;
  };

type Message<M extends Readonly<Record<string, Members>>> = {
  readonly [K in keyof M]: { readonly type: K } & Checked<M[K]>;
}[keyof M];

function plainObject(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, 'an object');
  return value as Readonly<Record<string, unknown>>;
}
