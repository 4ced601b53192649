/*
 * A lone `-` names standard input or output. yargs takes it for an option without a value and hands on an empty string, so
 * it travels through yargs in disguise. No argument can hold a NUL: whatever holds one is ours.
 */
const DISGUISE = '\0-';

export function disguiseDashes(args: readonly string[]): string[] {
  return args.map((argument) => (argument === '-' ? DISGUISE : argument));
}

/** Middleware of yargs: puts the dashes back into the parsed arguments. */
export function restoreDashes(parsed: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(parsed)) {
    if (value === DISGUISE) parsed[name] = '-';
    else if (Array.isArray(value)) parsed[name] = value.map((item) => (item === DISGUISE ? '-' : item));
  }
}
