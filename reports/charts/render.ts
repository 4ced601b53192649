import type { TopLevelSpec } from 'vega-lite';

export interface PngOptions {
  /** Pixels of the picture for each of the chart's; 2 is sharp in print and on dense screens. */
  readonly scale?: number;
  /** TrueType or OpenType files to draw text with, DejaVu Sans among them. */
  readonly fontFiles?: readonly string[];
  /** Whether the fonts of the machine serve as well; true where not given. */
  readonly systemFonts?: boolean;
}

/**
 * A chart as SVG. Vega is loaded with the first picture, so that nobody pays for it who asks for none. Expressions are
 * interpreted rather than compiled to JavaScript: a chart runs no code.
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [{ parse, View }, { compile }, { expressionInterpreter }] = await Promise.all([
    import('vega'),
    import('vega-lite'),
    import('vega-interpreter'),
  ]);
  const runtime = parse(compile(spec).spec, undefined, { ast: true } as never);
  const view = new View(runtime, { renderer: 'none', expr: expressionInterpreter, loader: CLOSED } as never);
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The same as PNG on white. Without any font its text is missing: ask {@link canDrawText}. */
export async function renderPng(
  spec: TopLevelSpec,
  { scale = 2, fontFiles = [], systemFonts = true }: PngOptions = {},
): Promise<Uint8Array> {
  const svg = await renderSvg(spec);
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: scale },
    font: fontOptions(fontFiles, systemFonts),
  });
  return picture.render().asPng();
}

/** False on a machine without fonts, such as a bare container: PNG pictures then have no text, SVG pictures do. */
export async function canDrawText({ fontFiles = [], systemFonts = true }: PngOptions = {}): Promise<boolean> {
  const { Resvg } = await import('@resvg/resvg-js');
  const probe =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="4" y="15" font-family="sans-serif">m</text></svg>';
  const picture = new Resvg(probe, { font: fontOptions(fontFiles, systemFonts) });
  return picture.innerBBox() !== undefined;
}

/** A font that is handed over comes first, for pictures that look alike everywhere; those of the system have what it lacks. */
function fontOptions(fontFiles: readonly string[], systemFonts: boolean) {
  if (fontFiles.length === 0) return { loadSystemFonts: systemFonts };
  const family = 'DejaVu Sans';
  const families = { defaultFontFamily: family, sansSerifFamily: family, serifFamily: family, monospaceFamily: family };
  return { loadSystemFonts: systemFonts, fontFiles: [...fontFiles], ...families };
}

/** Charts bring their data along: there is nothing to fetch. */
const CLOSED = {
  load: () => Promise.reject(new Error('a chart loads nothing')),
  sanitize: () => Promise.reject(new Error('a chart links to nothing')),
};
