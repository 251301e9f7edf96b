import { type Decoder, wholeText } from './decoder.ts';

/** What a streamer writes and where. */
export interface TextStreamerOptions {
  /** Called with every new piece of text; the joined pieces are the whole text. */
  readonly callback_function: (text: string) => void;
  /** Leaves out special tokens such as `</s>`. Default true. */
  readonly skip_special_tokens?: boolean | undefined;
  /** Leaves out the text that is continued. Default false. */
  readonly skip_prompt?: boolean | undefined;
}

/**
 * The text of one sequence while it is generated, named as in transformers.js. A character is held back until all its
 * bytes have arrived. The whole sequence is decoded each time, because a token's text can depend on those before it.
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

  /** Sets the text that is continued, before its first token is put: the text of later tokens can depend on it. */
  prompt(ids: readonly number[]): void {
    this.#ids.push(...ids);
    if (this.#options.skip_prompt) this.#given = this.#whole().length;
    else this.#give(this.#whole());
  }

  /** Adds one token. */
  put(token: number): void {
    this.#ids.push(token);
    this.#give(this.#whole());
  }

  /** Writes what was held back. */
  end(): void {
    this.#give(this.#text());
  }

  /** The text up to its last complete character. */
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
