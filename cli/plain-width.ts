/**
 * Stands for `string-width` in the bundle, where yargs lays out its help with it: that package compiles a pattern of all
 * emoji when it is loaded, which takes longer than all the rest of yargs. Help texts are plain.
 */
export default function plainWidth(text: string): number {
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}
