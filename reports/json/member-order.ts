import schema from '../../docs/analysis.schema.json' with { type: 'json' };

/** The part of JSON Schema that says which members an object has. */
export interface Shape {
  readonly $ref?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}

const ROOT = schema as unknown as Shape & { readonly $defs: Readonly<Record<string, Shape>> };

/** The shape of the whole analysis. */
export const analysisShape: Shape = ROOT;

/** A member as a shape has it: its name, the name as JSON writes it, and the shape of its value. */
export interface Member {
  readonly name: string;
  readonly quoted: string;
  readonly shape: Shape | undefined;
}

const known = new Map<Shape, readonly Member[]>();
const NONE: readonly Member[] = [];

/** Members that the value has, in the schema's order, so that the text does not depend on who built it; others follow by name. */
export function membersInOrder(value: object, shape: Shape | undefined): readonly Member[] {
  const members = shape === undefined ? NONE : membersOfShape(shape);
  const present: Member[] = [];
  for (const member of members) {
    if (value[member.name as keyof typeof value] !== undefined) present.push(member);
  }
  const names = Object.keys(value);
  if (names.length === present.length) return present;
  for (const name of names.sort()) {
    if (value[name as keyof typeof value] === undefined || shape?.properties?.[name] !== undefined) continue;
    present.push({ name, quoted: JSON.stringify(name), shape: undefined });
  }
  return present;
}

/** The shape of a list's items. */
export function shapeOfItems(shape: Shape | undefined): Shape | undefined {
  return resolve(shape?.items);
}

function membersOfShape(shape: Shape): readonly Member[] {
  let members = known.get(shape);
  if (members === undefined) {
    members = Object.entries(shape.properties ?? {}).map(([name, member]) => ({
      name,
      quoted: JSON.stringify(name),
      shape: resolve(member),
    }));
    known.set(shape, members);
  }
  return members;
}

function resolve(shape: Shape | undefined): Shape | undefined {
  if (shape?.$ref !== undefined) return ROOT.$defs[shape.$ref.slice('#/$defs/'.length)];
  // `anyOf` is a shape or null.
  return shape?.anyOf === undefined ? shape : resolve(shape.anyOf[0]);
}
