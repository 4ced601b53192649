import schema from '../../docs/analysis.schema.json' with { type: 'json' };

/** The part of JSON Schema that says which members an object has. */
interface Shape {
  readonly $ref?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}

const ROOT = schema as unknown as Shape & { readonly $defs: Readonly<Record<string, Shape>> };

/** The shape of the whole analysis. */
export const analysisShape: Shape = ROOT;

/** Members in the schema's order, so that the text does not depend on who built the value; others follow by name. */
export function membersInOrder(value: object, shape: Shape | undefined): string[] {
  const known = Object.keys(shape?.properties ?? {}).filter((name) => name in value);
  const others = Object.keys(value).filter((name) => shape?.properties?.[name] === undefined);
  return [...known, ...others.sort()];
}

export function shapeOfMember(shape: Shape | undefined, name: string): Shape | undefined {
  return resolve(shape?.properties?.[name]);
}

export function shapeOfItems(shape: Shape | undefined): Shape | undefined {
  return resolve(shape?.items);
}

function resolve(shape: Shape | undefined): Shape | undefined {
  if (shape?.$ref !== undefined) return ROOT.$defs[shape.$ref.slice('#/$defs/'.length)];
  // `anyOf` is a shape or null.
  return shape?.anyOf === undefined ? shape : resolve(shape.anyOf[0]);
}

export type { Shape };
