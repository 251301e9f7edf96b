import { type Decoder, wholeText } from './decoder.ts';

/** What a streamer writes and where. */
export interface TextStreamerOptions {
  /** Given every new piece of text; the pieces joined are the whole text. */
  readonly callback_function: (text: string) => void;
  /** Leaves out `</s>` and the like. Default true. */
  readonly skip_special_tokens?: boolean | undefined;
  /** Does not give the text that is continued. Default false. */
  readonly skip_prompt?: boolean | undefined;
}

/**
 * Text of one sequence while it is generated, named as in transformers.js. A character whose bytes have not all come is
 * held back. The whole sequence is decoded anew, since a token's text may depend on those before it.
 */
export class TextStreamer {
  readonly #tokenizer: Decoder;
  readonly #options: TextStreamerOptions;
  readonly #ids: number[] = [];
  #given = 0;

  constructor(tokenizer: Decoder, options: TextStreamerOptions) {
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  /** Takes the text that is continued, before its first token is put: what follows may depend on it. */
  prompt(ids: readonly number[]): void {
    this.#ids.push(...ids);
    if (this.#options.skip_prompt) this.#given = this.#whole().length;
    else this.#give(this.#whole());
  }

  /** Takes one token more. */
  put(token: number): void {
    this.#ids.push(token);
    this.#give(this.#whole());
  }

  /** Gives what was held back. */
  end(): void {
    this.#give(this.#text());
  }

  /** The text as far as its characters are whole. */
  #whole(): string {
    return wholeText(this.#text());
  }

  #text(): string {
    const { skip_special_tokens = true } = this.#options;
    return this.#tokenizer.decode(this.#ids, { skip_special_tokens });
  }

  #give(text: string): void {
    if (text.length <= this.#given) return;
    this.#options.callback_function(text.slice(this.#given));
    this.#given = text.length;
  }
}
