/** A number of the row at `fields`, by its offset as analyzers/rtp/row-layout.ts has it. */
export function get(fields: usize, field: i32): f64 {
  return load<f64>(fields + ((<usize>field) << 3));
}

export function set(fields: usize, field: i32, value: f64): void {
  store<f64>(fields + ((<usize>field) << 3), value);
}
