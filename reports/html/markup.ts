import { LONGEST_SENTENCE, visible } from '../text/visible.ts';

/** HTML that was built here, as opposed to text, which is escaped wherever it stands. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

export type Content = string | number | null | Markup | readonly Content[];

/** Builds HTML: what is put in is shown as text, with its control characters visible, unless it is {@link Markup}. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  let text = parts[0];
  contents.forEach((content, place) => {
    text += toHtml(content) + parts[place + 1];
  });
  return new Markup(text);
}

/** A sentence that was written here around strings of others: it is longer than they may be. */
export function sentence(text: string): Markup {
  return new Markup(escapeHtml(visible(text, LONGEST_SENTENCE)));
}

function toHtml(content: Content): string {
  if (content === null) return '';
  if (content instanceof Markup) return content.html;
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escapeHtml(visible(content));
  return content.map(toHtml).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For element content and for attribute values in quotes of either kind. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
