import type { ServerResponse } from 'node:http';

/** The log of a pod that still runs, for those who follow it. */
export class LiveLog {
  text = '';
  ended = false;
  /** Bytes after which whoever follows is cut off, one for each of the next. */
  readonly cuts: number[] = [];
  followed = 0;
  readonly #followers = new Set<() => void>();

  add(text: string): void {
    this.text += text;
    this.#tell();
  }

  end(): void {
    this.ended = true;
    this.#tell();
  }

  /** Sends it from its beginning, and goes on as it grows, as `log?follow=true` has it. */
  follow(response: ServerResponse): void {
    this.followed++;
    const most = this.cuts.shift() ?? Number.POSITIVE_INFINITY;
    let sent = 0;
    const send = () => {
      const until = Math.min(this.text.length, most);
      if (until > sent) response.write(this.text.slice(sent, until));
      sent = Math.max(sent, until);
      if (sent >= most) setImmediate(() => response.destroy());
      else if (this.ended) response.end();
      else return;
      this.#followers.delete(send);
    };
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    this.#followers.add(send);
    response.on('close', () => this.#followers.delete(send));
    send();
  }

  #tell(): void {
    for (const send of [...this.#followers]) send();
  }
}
