/** What turns ids into text: a tokenizer. */
export interface Decoder {
  decode(ids: ArrayLike<number>, options?: { skip_special_tokens?: boolean }): string;
}

export interface TextStreamerOptions {
  /** Given every new piece of text; the pieces joined are the whole text. */
  readonly callback_function: (text: string) => void;
  /** Leaves out `</s>` and the like. Default true. */
  readonly skip_special_tokens?: boolean;
}

/** What a tokenizer writes for bytes that are no whole character yet. */
const incomplete = '\ufffd';

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

  /** Takes one token more. */
  put(token: number): void {
    this.#ids.push(token);
    const text = this.#text();
    let end = text.length;
    while (end > 0 && text[end - 1] === incomplete) end--;
    this.#give(text.slice(0, end));
  }

  /** Gives what was held back. */
  end(): void {
    this.#give(this.#text());
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
