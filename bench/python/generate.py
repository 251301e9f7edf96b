"""Times the translation of a file by Transformers or CTranslate2. Serves protocol.py's requests.

An iteration takes lines to lines: tokenising, batching by length, beam search, text. With "translations": true in
the request the reply carries the lines, in the input's order. Output tokens count each hypothesis with its end token.
"""

import protocol  # first: it starts the clock

import argparse
import tempfile

import torch
import transformers

from folder import batches_by_length, load_model, load_tokenizer, read_lines


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="config.json, model.safetensors, tokenizer.json, tokenizer_config.json, generation_config.json")
    parser.add_argument("--input", required=True, help="UTF-8, a sentence a line")
    parser.add_argument("--engine", choices=["transformers", "ctranslate2"], default="transformers")
    parser.add_argument("--compute-type", choices=["float32", "int8"], default="float32", help="CTranslate2's arithmetic")
    parser.add_argument("--beams", type=int, default=5)
    parser.add_argument("--length-penalty", type=float, default=1.0)
    parser.add_argument("--max-new-tokens", type=int, default=80)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--one", action="store_true", help="one line after the other")
    parser.add_argument("--limit", type=int, help="only the first lines of the input")
    parser.add_argument("--threads", type=int, default=2, help="Transformers: of one operation; CTranslate2: workers of one thread")
    parser.add_argument("--warmup", type=int, default=1, help="batches translated before the hello line")
    return parser.parse_args()


class Transformers:
    """`generate` of the loaded model, in inference mode."""

    def __init__(self, options, tokenizer):
        torch.set_num_threads(options.threads)
        self.version = f"Transformers {transformers.__version__}"
        self.options, self.tokenizer = options, tokenizer
        self.model = load_model(options.folder)

    def translate(self, encoded):
        hypotheses = [None] * len(encoded)
        for rows in batches_by_length(encoded, self.options.batch_size):
            batch = self.tokenizer.pad({"input_ids": [encoded[at] for at in rows]}, return_tensors="pt")
            for at, ids in zip(rows, self.generate(batch)):
                hypotheses[at] = ids
        return hypotheses

    @torch.inference_mode()
    def generate(self, batch):
        config = self.model.config
        sequences = self.model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            num_beams=self.options.beams,
            length_penalty=self.options.length_penalty,
            max_new_tokens=self.options.max_new_tokens,
            do_sample=False,
        )
        return [[i for i in row if i != config.pad_token_id] for row in sequences[:, 1:].tolist()]


class CTranslate2:
    """CTranslate2 with single-thread workers that share the batches."""

    def __init__(self, options, tokenizer):
        import ctranslate2

        from ct2 import convert

        self.version = f"CTranslate2 {ctranslate2.__version__}"
        self.options, self.tokenizer = options, tokenizer
        self.eos = tokenizer.eos_token_id
        with tempfile.TemporaryDirectory() as folder:
            workers = (1, options.threads) if options.one else (options.threads, 1)
            self.translator = convert(options.folder, folder, options.compute_type, *workers)

    def translate(self, encoded):
        results = self.translator.translate_batch(
            [self.tokenizer.convert_ids_to_tokens(ids) for ids in encoded],
            max_batch_size=self.options.batch_size,
            beam_size=self.options.beams,
            length_penalty=self.options.length_penalty,
            max_decoding_length=self.options.max_new_tokens - 1,  # the end token is not counted there
            max_input_length=0,
        )
        return [[*self.tokenizer.convert_tokens_to_ids(result.hypotheses[0]), self.eos] for result in results]


def main():
    options = arguments()
    baseline = protocol.peak_rss_mb()
    tokenizer = load_tokenizer(options.folder)
    lines = read_lines(options.input)[: options.limit]
    engine = (CTranslate2 if options.engine == "ctranslate2" else Transformers)(options, tokenizer)

    def iteration(request):
        encoded = tokenizer(lines)["input_ids"]
        groups = [[line] for line in encoded] if options.one else [encoded]
        hypotheses = [each for group in groups for each in engine.translate(group)]
        texts = tokenizer.batch_decode(hypotheses, skip_special_tokens=True)
        result = {"output_tokens": sum(map(len, hypotheses)), "lines": len(lines)}
        return {**result, "translations": texts} if request.get("translations") else result

    if options.warmup:
        engine.translate(tokenizer(lines[: options.warmup * options.batch_size])["input_ids"])
    protocol.serve(
        {
            "name": f"decode-beam{options.beams}",
            "engine": options.engine,
            "version": engine.version,
            "compute_type": options.compute_type if options.engine == "ctranslate2" else "float32",
            "lines": len(lines),
            "batch_size": options.batch_size,
            "threads": options.threads,
            "baseline_rss_mb": baseline,
            "ready_ms": protocol.since_start_ms(),
        },
        iteration,
    )


if __name__ == "__main__":
    main()
