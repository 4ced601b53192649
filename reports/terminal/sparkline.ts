const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const LETTERS = ['.', ':', '-', '=', '+', '*', '#', '@'];

/** One character a cell, against `top`; nothing where there was nothing, or where the value is 0 and `zeroIsBlank`. */
export function drawSparkline(
  cells: readonly (number | null)[],
  top: number,
  { unicode, zeroIsBlank }: { unicode: boolean; zeroIsBlank: boolean },
): string {
  const levels = unicode ? BLOCKS : LETTERS;
  return cells
    .map((value) => {
      if (value === null) return ' ';
      if (value <= 0) return zeroIsBlank ? (unicode ? '·' : '_') : levels[0];
      const level = top > 0 ? Math.ceil((value / top) * levels.length) - 1 : 0;
      return levels[Math.min(levels.length - 1, Math.max(0, level))];
    })
    .join('');
}
