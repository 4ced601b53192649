import { byId } from './dom.ts';

/** Light or dark as the system has it, until the reader says otherwise. Nothing is stored: a file has no place for it. */
export function setUpTheme(): void {
  const button = byId<HTMLButtonElement>('theme');
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  let dark = system.matches;
  const show = () => button.setAttribute('aria-pressed', String(dark));
  button.addEventListener('click', () => {
    dark = !dark;
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
    show();
  });
  system.addEventListener('change', (event) => {
    if (document.documentElement.dataset['theme'] !== undefined) return;
    dark = event.matches;
    show();
  });
  show();
}
