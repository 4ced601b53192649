/* Values at a rank, by quickselect: what sorting all of them would put there. */

let state: u32 = 1;

/** @param seed that nobody can guess: against values laid out to make the search slow. */
export function seedSelection(seed: u32): void {
  state = seed | 1;
}

function between(low: i32, high: i32): i32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return low + <i32>(state % <u32>(high - low + 1));
}

/** @returns the value at `rank` of those from `low` to `high`; lower ones then stand before it, higher ones behind it. */
export function selectFloat64(values: usize, low: i32, high: i32, rank: i32): f64 {
  while (low < high) {
    const pivot = load<f64>(values + (<usize>between(low, high) << 3));
    let up = low;
    let down = high;
    do {
      while (load<f64>(values + (<usize>up << 3)) < pivot) up++;
      while (pivot < load<f64>(values + (<usize>down << 3))) down--;
      if (up <= down) {
        const a = values + (<usize>up << 3);
        const b = values + (<usize>down << 3);
        const kept = load<f64>(a);
        store<f64>(a, load<f64>(b));
        store<f64>(b, kept);
        up++;
        down--;
      }
    } while (up <= down);
    if (down < rank) low = up;
    if (rank < up) high = down;
  }
  return load<f64>(values + (<usize>rank << 3));
}

/** As {@link selectFloat64}. */
export function selectFloat32(values: usize, low: i32, high: i32, rank: i32): f32 {
  while (low < high) {
    const pivot = load<f32>(values + (<usize>between(low, high) << 2));
    let up = low;
    let down = high;
    do {
      while (load<f32>(values + (<usize>up << 2)) < pivot) up++;
      while (pivot < load<f32>(values + (<usize>down << 2))) down--;
      if (up <= down) {
        const a = values + (<usize>up << 2);
        const b = values + (<usize>down << 2);
        const kept = load<f32>(a);
        store<f32>(a, load<f32>(b));
        store<f32>(b, kept);
        up++;
        down--;
      }
    } while (up <= down);
    if (down < rank) low = up;
    if (rank < up) high = down;
  }
  return load<f32>(values + (<usize>rank << 2));
}
