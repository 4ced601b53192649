/*
 * What a value of a scenario may be. One description serves the check, its words, and the JSON Schema.
 */
export type Shape =
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly allowed: string; readonly maxLength: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly integer?: boolean }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape; readonly min: number; readonly max: number }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Field>> }
  /** The word `off`, or a value. */
  | { readonly kind: 'off-or'; readonly of: Shape };

export interface Field {
  readonly shape: Shape;
  /** What it means, for the schema. */
  readonly meaning: string;
  /** Taken where the field is left out; a field without one is required. */
  readonly default?: unknown;
}

export const object = (fields: Readonly<Record<string, Field>>): Shape => ({ kind: 'object', fields });
export const number = (min: number, max: number): Shape => ({ kind: 'number', min, max });
export const integer = (min: number, max: number): Shape => ({ kind: 'number', min, max, integer: true });
export const choice = (...values: string[]): Shape => ({ kind: 'choice', values });
export const list = (of: Shape, min: number, max: number): Shape => ({ kind: 'list', of, min, max });
export const offOr = (of: Shape): Shape => ({ kind: 'off-or', of });
export const FLAG: Shape = { kind: 'flag' };

/** What is allowed, in words. */
export function allowed(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.allowed;
    case 'number':
      return `a ${shape.integer === true ? 'whole number' : 'number'} from ${shape.min} to ${shape.max}`;
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${shape.values.join(', ')}`;
    case 'list':
      return `a list of ${shape.min} to ${shape.max}`;
    case 'object':
      return `fields (${Object.keys(shape.fields).join(', ')})`;
    case 'off-or':
      return `off, or ${allowed(shape.of)}`;
  }
}

/** The shape as JSON Schema (draft 2020-12). */
export function toJsonSchema(shape: Shape): Record<string, unknown> {
  switch (shape.kind) {
    case 'text':
      return {
        type: 'string',
        maxLength: shape.maxLength,
        ...(shape.pattern === undefined ? {} : { pattern: shape.pattern.source }),
      };
    case 'number':
      return { type: shape.integer === true ? 'integer' : 'number', minimum: shape.min, maximum: shape.max };
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { enum: shape.values };
    case 'list':
      return { type: 'array', items: toJsonSchema(shape.of), minItems: shape.min, maxItems: shape.max };
    case 'off-or':
      return { oneOf: [{ enum: ['off', false] }, toJsonSchema(shape.of)] };
    case 'object':
      return {
        type: 'object',
        additionalProperties: false,
        required: Object.keys(shape.fields).filter((name) => !('default' in shape.fields[name])),
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([name, field]) => [
            name,
            {
              ...toJsonSchema(field.shape),
              description: field.meaning,
              ...(field.default === undefined || field.default === null ? {} : { default: field.default }),
            },
          ]),
        ),
      };
  }
}
