import {
  type ControlAnswer,
  type ControlChat,
  type ControlMute,
  type ControlOffer,
  type ControlRelay,
  type ControlSubscribe,
  controlAnswer,
  controlError,
  parseBody,
  parseSfuEvent,
  type SfuEvent,
} from '../signalling/control-messages.ts';
import { type ErrorCode, Refused } from '../signalling/error-codes.ts';
import { LIMITS } from '../signalling/limits.ts';
import { isRefusal } from '../signalling/shape.ts';

const REQUEST_MS = 4000;
/** A list of all rooms is larger than any one message. */
const LONGEST_LIST_CHARACTERS = 64 << 20;

/** The SFU did not answer at all. */
export class Unanswered extends Refused {}

/** The control interface of one SFU, as a gateway uses it. Every method throws `Refused` where the SFU does not do it. */
export class SfuControl {
  readonly controlUrl: string;
  readonly #secret: string | null;

  constructor(controlUrl: string, secret: string | null) {
    this.controlUrl = controlUrl.replace(/\/+$/, '');
    this.#secret = secret;
  }

  async offer(room: string, participantId: string, offer: ControlOffer): Promise<ControlAnswer> {
    const body = await this.#request('POST', `${pathOf(room, participantId)}/offer`, offer);
    const answer = parseBody(controlAnswer, body);
    if (isRefusal(answer)) throw new Refused('internal', `The SFU answered what is no answer: ${answer.problem}`);
    return answer;
  }

  async remove(room: string, participantId: string): Promise<void> {
    await this.#request('DELETE', pathOf(room, participantId));
  }

  async mute(room: string, participantId: string, mute: ControlMute): Promise<void> {
    await this.#request('POST', `${pathOf(room, participantId)}/mute`, mute);
  }

  async subscribe(room: string, participantId: string, subscribe: ControlSubscribe): Promise<void> {
    await this.#request('POST', `${pathOf(room, participantId)}/subscribe`, subscribe);
  }

  async chat(room: string, chat: ControlChat): Promise<void> {
    await this.#request('POST', `/v1/rooms/${encodeURIComponent(room)}/chat`, chat);
  }

  async relay(relay: ControlRelay): Promise<void> {
    await this.#request('POST', '/v1/relays', relay);
  }

  /** What happens at the SFU, as long as it is told. Lines that are no events are left out. */
  async *events(signal: AbortSignal): AsyncGenerator<SfuEvent> {
    const response = await fetch(`${this.controlUrl}/v1/events`, { headers: this.#headers(), signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Refused('internal', `The SFU tells no events: status ${response.status}`);
    }
    let pending = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
      pending += chunk;
      let end = pending.indexOf('\n');
      for (; end >= 0; end = pending.indexOf('\n')) {
        const event = parseSfuEvent(pending.slice(0, end));
        pending = pending.slice(end + 1);
        if (!isRefusal(event)) yield event;
      }
      if (pending.length > LIMITS.messageBytes) throw new Refused('internal', 'The SFU sends a line without end');
    }
  }

  #headers(): Record<string, string> {
    return this.#secret === null ? {} : { authorization: `Bearer ${this.#secret}` };
  }

  async #request(method: string, path: string, body?: object): Promise<string> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.controlUrl}${path}`, {
        method,
        headers: { ...this.#headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      text = await response.text();
    } catch {
      throw new Unanswered('no-capacity', 'The media server does not answer');
    }
    if (text.length > LONGEST_LIST_CHARACTERS) throw new Refused('internal', 'The SFU answers too much');
    if (response.ok) return text;
    const told = parseBody(controlError, text);
    if (!isRefusal(told)) throw new Refused(told.error.code, told.error.text);
    throw new Refused(codeOf(response.status), `The media server answers with status ${response.status}`);
  }
}

const codeOf = (status: number): ErrorCode =>
  status === 404 || status === 405 || status === 501 ? 'not-found' : status === 503 ? 'no-capacity' : 'internal';

const pathOf = (room: string, participantId: string): string =>
  `/v1/rooms/${encodeURIComponent(room)}/participants/${encodeURIComponent(participantId)}`;
