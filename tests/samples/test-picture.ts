/*
 * A synthetic moving picture, computed: vertical bars that wander to the left, a clock with one hand, and a row of squares that
 * spells the frame's number in binary, so that a frame that is missing or shown twice can be seen. I420.
 */
export const WIDTH = 320;
export const HEIGHT = 180;

const BAR_WIDTH = 40;
/** Luma and chroma of the bars: eight colours, 75 % bars of ITU-R BT.801 in the usual order. */
const BARS = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
  [16, 128, 128],
] as const;
const CLOCK = { x: 236, y: 74, radius: 56 };
const HAND_HALF_WIDTH = 3;
const SQUARE = { size: 16, top: 150, left: 20, bits: 6 };
const WHITE = 235;
const BLACK = 16;

/** @returns the luma of what is drawn over the bars, or null where the bars are seen. */
function overlay(x: number, y: number, frame: number, frames: number): number | null {
  const dx = x - CLOCK.x;
  const dy = y - CLOCK.y;
  if (dx * dx + dy * dy <= CLOCK.radius * CLOCK.radius) {
    const angle = (2 * Math.PI * frame) / frames - Math.PI / 2;
    const along = dx * Math.cos(angle) + dy * Math.sin(angle);
    const aside = Math.abs(dy * Math.cos(angle) - dx * Math.sin(angle));
    return along > 0 && along < CLOCK.radius - 8 && aside <= HAND_HALF_WIDTH ? BLACK : WHITE;
  }
  const bit = Math.floor((x - SQUARE.left) / SQUARE.size);
  if (y >= SQUARE.top && y < SQUARE.top + SQUARE.size && bit >= 0 && bit < SQUARE.bits) {
    return (frame >> (SQUARE.bits - 1 - bit)) & 1 ? WHITE : BLACK;
  }
  return null;
}

/** @returns one frame: luma, then the two chroma planes at half the size. */
export function pictureAt(frame: number, frames: number): Buffer {
  const picture = Buffer.alloc((WIDTH * HEIGHT * 3) / 2);
  const shift = Math.round((frame * BAR_WIDTH * BARS.length) / frames);
  const barAt = (x: number) => BARS[Math.floor((x + shift) / BAR_WIDTH) % BARS.length];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) picture[y * WIDTH + x] = overlay(x, y, frame, frames) ?? barAt(x)[0];
  }
  const halfWidth = WIDTH / 2;
  const chroma = (WIDTH * HEIGHT) / 4;
  for (let y = 0; y < HEIGHT / 2; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const grey = overlay(2 * x, 2 * y, frame, frames) !== null;
      const at = WIDTH * HEIGHT + y * halfWidth + x;
      picture[at] = grey ? 128 : barAt(2 * x)[1];
      picture[at + chroma] = grey ? 128 : barAt(2 * x)[2];
    }
  }
  return picture;
}
