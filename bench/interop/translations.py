"""Compares Heddle's beam search with that of Transformers. Exit status 1 when out of bounds.

    heddle predict MODEL --input lines.txt --output out.jsonl --json
    python translations.py MODEL --lines lines.txt --predictions out.jsonl
"""

import argparse
import json
import pathlib
import sys

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

SAME_SHARE, SCORE_BOUND = 0.995, 1e-4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--lines", required=True, help="text that `heddle predict` read")
    parser.add_argument("--predictions", required=True, help="what `heddle predict --json` wrote, a line each")
    parser.add_argument("--num-beams", type=int, help="instead of generation_config.json's")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--limit", type=int, help="only the first lines")
    return parser.parse_args()


def read_lines(path, limit):
    return pathlib.Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")[:limit]


def read_predictions(path, limit):
    """Each line is an object, or a list whose first is one: translation_text, and where known score and token_ids."""
    predictions = []
    for number, line in enumerate(read_lines(path, limit), 1):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: not JSON: {error}") from error
        value = value[0] if isinstance(value, list) and value else value
        if not isinstance(value, dict) or "translation_text" not in value:
            raise ValueError(f"{path}:{number}: expected an object with translation_text, got {line[:80]!r}")
        predictions.append(value)
    return predictions


@torch.no_grad()
def translate(model, tokenizer, lines, num_beams, size):
    """Best hypothesis of each line that is not blank: (text, sequence score), None for blank lines."""
    order = sorted((at for at, line in enumerate(lines) if line.strip()), key=lambda at: -len(lines[at]))
    found = [None] * len(lines)
    settings = {"num_beams": num_beams} if num_beams else {}
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        batch = tokenizer([lines[at] for at in rows], padding=True, return_tensors="pt")
        result = model.generate(**batch, **settings, do_sample=False, return_dict_in_generate=True, output_scores=True)
        texts = tokenizer.batch_decode(result.sequences, skip_special_tokens=True)
        for at, text, score in zip(rows, texts, result.sequences_scores.tolist()):
            found[at] = (text, score)
    return found


@torch.no_grad()
def sequence_score(model, tokenizer, line, prediction):
    """The score beam search gives to the prediction: its log-probability over length ** length_penalty.

    Uses the prediction's token_ids (without start, with end token) where given, else tokenises its text again. An end token
    forced at the length limit counts 0. Processors other than bad_words_ids are not replayed.
    """
    ids = prediction.get("token_ids") or tokenizer(prediction["translation_text"])["input_ids"]
    target = torch.tensor([ids])
    start = torch.tensor([[model.config.decoder_start_token_id]])
    batch = tokenizer([line], return_tensors="pt")
    logits = model(**batch, decoder_input_ids=torch.cat([start, target[:, :-1]], 1)).logits
    if model.generation_config.renormalize_logits:
        for [banned] in (words for words in model.generation_config.bad_words_ids or [] if len(words) == 1):
            logits[..., banned] = -torch.inf
    chosen = logits.log_softmax(-1).gather(2, target[..., None])
    if model.generation_config.forced_eos_token_id is not None and len(ids) == model.generation_config.max_new_tokens:
        chosen[:, -1] = 0
    penalty = model.generation_config.length_penalty
    return chosen.sum().item() / len(ids) ** (1.0 if penalty is None else penalty)


def compare_predictions(model, tokenizer, lines, predictions, options):
    """Returns whether enough translations are the same and all scores agree."""
    if len(predictions) != len(lines):
        raise ValueError(f"{options.predictions}: expected {len(lines)} predictions, got {len(predictions)}")
    theirs = translate(model, tokenizer, lines, options.num_beams, options.batch_size)
    different, same_delta, counted = [], 0.0, 0
    for at, (line, found, ours) in enumerate(zip(lines, theirs, predictions)):
        if found is None:
            continue
        counted += 1
        text, score = found
        if text == ours["translation_text"]:
            same_delta = max(same_delta, abs(ours["score"] - score) if ours.get("score") is not None else 0.0)
            continue
        given = ours.get("score")
        mine = given if given is not None else sequence_score(model, tokenizer, line, ours)
        different.append((at + 1, abs(mine - score), ours["translation_text"], text))
    if not counted:
        raise ValueError(f"{options.lines}: has no line to translate")
    share = 1 - len(different) / counted
    worst = max((delta for _, delta, _, _ in different), default=0.0)
    for number, delta, ours, text in different[:20]:
        print(f"line {number}: |Δscore| {delta:.2e}\n  Heddle       {ours}\n  Transformers {text}")
    enough, close = share >= SAME_SHARE, max(worst, same_delta) <= SCORE_BOUND
    print(f"beam search: {counted - len(different)} of {counted} the same ({share:.2%}), bound {SAME_SHARE:.1%}: {'ok' if enough else 'OUT OF BOUNDS'}")
    print(f"scores of the same: max |Δ| {same_delta:.2e}; of the others: {worst:.2e}, bound {SCORE_BOUND:.0e}: {'ok' if close else 'OUT OF BOUNDS'}")
    return enough and close


def main():
    options = arguments()
    model = AutoModelForSeq2SeqLM.from_pretrained(options.folder, attn_implementation="eager").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(options.folder)
    lines = read_lines(options.lines, options.limit)
    predictions = read_predictions(options.predictions, options.limit)
    return 0 if compare_predictions(model, tokenizer, lines, predictions, options) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        sys.exit(f"translations.py: {error}")
