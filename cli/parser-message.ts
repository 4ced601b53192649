/*
 * What yargs says of a wrong command line, in words that name the mistake and the way out. Its messages are not part of what
 * it documents: one that is not known here is passed on as it is, in one line.
 */
const NO_CAPTURE = 'no capture named: give a file, a folder, a pattern, or - for standard input';

/** What a command misses that takes something else than captures. */
const MISSING = new Map([
  ['compare', 'nothing named to compare: give two or more captures or run directories'],
  ['merge', 'no analysis named: give files that rtcscope analyze --partial wrote'],
  ['report', 'no run named: give a run directory, such as rtcscope lab run leaves'],
  ['watch', "nothing named to watch: give an interface, a growing file, an SFU's control URL, or - for standard input"],
  ['lab', 'nothing named: lab run takes a scenario, lab show a run directory'],
]);

const WORDS: readonly (readonly [RegExp, (match: RegExpMatchArray) => string])[] = [
  [/^Not enough arguments following: (\S+)/, ([, option]) => `--${option} needs a value`],
  [
    /Argument: (\S+), Given: (.*), Choices: (.*)/,
    ([, option, given, choices]) => `--${option} ${given}: not one of ${choices}`,
  ],
];

/**
 * @param words what the command line holds beside its options, the command first.
 * @param commands that there are.
 */
export function parserMessage(message: string, words: readonly string[], commands: readonly string[]): string {
  const line = message.trim().replace(/\s*\n\s*/g, ' ');
  if (/^Unknown arguments?: /.test(line)) return visible(unknown(line, words, commands));
  if (/^Not enough non-option arguments|^Missing required argument: files?\b/.test(line)) {
    return MISSING.get(words[0]) ?? NO_CAPTURE;
  }
  for (const [pattern, say] of WORDS) {
    const match = line.match(pattern);
    if (match !== null) return visible(say(match));
  }
  return visible(line.replace(/\.$/, ''));
}

function unknown(line: string, words: readonly string[], commands: readonly string[]): string {
  const [command] = words;
  if (command !== undefined && !commands.includes(command)) {
    const near = commands.find((name) => name.slice(0, 3) === command.toLowerCase().slice(0, 3));
    return `unknown command ${command}${near === undefined ? '' : `: did you mean ${near}?`}`;
  }
  const names = line.replace(/^[^:]*: /, '').split(', ');
  const option = names.find((name) => !words.includes(name));
  return option === undefined
    ? `${names[0]}: one name too many`
    : `unknown option ${option.length > 1 ? '--' : '-'}${option}`;
}

/** What was typed is repeated to a terminal, which obeys some characters. NUL is how a lone dash travels: see dash.ts. */
function visible(text: string): string {
  return text
    .replaceAll('\0-', '-')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
}
