import { type Field, numberOf, type Operator, relates } from './field.ts';
import { FilterSyntaxError, visibleExcerpt } from './filter-error.ts';
import { type Condition, Verdict } from './subject.ts';
import { parseTime } from './time-text.ts';
import type { Token } from './tokens.ts';

/** A number of RTP packets; other protocols do not have it, so that no comparison holds for them. */
export function rtpNumber(highest: number, read: (subject: { ssrc: number; payloadType: number }) => number): Field {
  const field = (test: (value: number) => boolean): Condition => {
    return (subject) => {
      if (subject.protocol === null) return Verdict.depends;
      if (subject.protocol !== 'rtp') return Verdict.no;
      const value = read(subject);
      if (value < 0) return Verdict.depends;
      return test(value) ? Verdict.yes : Verdict.no;
    };
  };
  return {
    compare(operator, token) {
      const wanted = numberOf(token, highest);
      return field((value) => relates(value - wanted, operator));
    },
    within(from, to) {
      const [low, high] = [numberOf(from, highest), numberOf(to, highest)];
      return field((value) => value >= low && value <= high);
    },
  };
}

/** Nanoseconds are compared apart from seconds: a double cannot hold both exactly. */
export function absoluteTime(read: (token: Token) => { seconds: number; nanoseconds: number }): Field {
  const field = (operator: Operator, token: Token): Condition => {
    const { seconds, nanoseconds } = read(token);
    return (subject) => {
      if (!subject.hasTime) return Verdict.depends;
      const order = subject.seconds - seconds || subject.nanoseconds - nanoseconds;
      return relates(order, operator) ? Verdict.yes : Verdict.no;
    };
  };
  return {
    compare: field,
    within(from, to) {
      const [low, high] = [field('>=', from), field('<=', to)];
      return (subject) => {
        const first = low(subject);
        return first === Verdict.yes ? high(subject) : first;
      };
    },
  };
}

function secondsOf({ text, position }: Token): number {
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds))
    throw new FilterSyntaxError(`"${visibleExcerpt(text)}" is no number of seconds (write 12.5)`, position);
  return seconds;
}

export function relativeTime(): Field {
  const field = (test: (seconds: number) => boolean): Condition => {
    return (subject) =>
      subject.hasTime ? (test(subject.relativeNs / 1e9) ? Verdict.yes : Verdict.no) : Verdict.depends;
  };
  return {
    compare(operator, token) {
      const wanted = secondsOf(token);
      return field((seconds) => relates(seconds - wanted, operator));
    },
    within(from, to) {
      const [low, high] = [secondsOf(from), secondsOf(to)];
      return field((seconds) => seconds >= low && seconds <= high);
    },
  };
}

export function isoTime({ text, position }: Token): { seconds: number; nanoseconds: number } {
  const time = parseTime(text);
  if (time === null)
    throw new FilterSyntaxError(`"${visibleExcerpt(text)}" is no time (write "2026-11-24T03:12:40Z")`, position);
  return time;
}

export function epochTime(token: Token): { seconds: number; nanoseconds: number } {
  secondsOf(token);
  const [whole, fraction = ''] = token.text.split('.');
  return { seconds: Number(whole), nanoseconds: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}
