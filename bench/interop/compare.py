"""Loads a folder that Heddle wrote with Transformers and compares logits and beam search. Exit status 1 when out of bounds.

    heddle forward MODEL --inputs in.safetensors --outputs out.safetensors
    heddle predict MODEL --input lines.txt --output out.jsonl --json
    python compare.py MODEL --inputs in.safetensors --outputs out.safetensors --lines lines.txt --predictions out.jsonl

Each pair of files may be left out. `--make-inputs in.safetensors` writes inputs for `heddle forward` from `--lines`.
"""

import argparse
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

ABSOLUTE, RELATIVE = 2e-5, 2e-6
SAME_SHARE, SCORE_BOUND = 0.995, 1e-4
IGNORED = -100


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--inputs", help="safetensors that `heddle forward` read")
    parser.add_argument("--outputs", help="safetensors that `heddle forward` wrote")
    parser.add_argument("--lines", help="text that `heddle predict` read")
    parser.add_argument("--predictions", help="what `heddle predict --json` wrote, a line each")
    parser.add_argument("--make-inputs", metavar="FILE", help="write input_ids, attention_mask and labels from --lines, and end")
    parser.add_argument("--make-rows", type=int, default=16, help="lines that --make-inputs takes")
    parser.add_argument("--num-beams", type=int, help="instead of generation_config.json's")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--limit", type=int, help="only the first lines")
    options = parser.parse_args()
    if bool(options.inputs) != bool(options.outputs):
        parser.error("--inputs and --outputs go together")
    if (options.predictions or options.make_inputs) and not options.lines:
        parser.error("--predictions and --make-inputs need --lines")
    if not (options.inputs or options.predictions or options.make_inputs):
        parser.error("nothing to compare: give --inputs and --outputs, --lines and --predictions, or both")
    return options


def load(folder):
    model, report = AutoModelForSeq2SeqLM.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    differences = [f"{kind}: {name}" for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for name in report[kind]]
    return model.eval(), differences


def read_lines(path, limit):
    return pathlib.Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")[:limit]


# Outputs of one forward pass


def named_outputs(result):
    """Transformers' outputs under the names of `heddle forward`: logits, loss, encoder_hidden_states.0, ..."""
    named = {}
    for name, value in result.items():
        if isinstance(value, torch.Tensor):
            named[name] = value
        elif isinstance(value, tuple) and all(isinstance(v, torch.Tensor) for v in value):
            named.update({f"{name}.{i}": v for i, v in enumerate(value)})
    return named


@torch.no_grad()
def compare_outputs(model, inputs_path, outputs_path):
    """Compares every output both sides have; `logits` decides. Returns whether it is within its bound."""
    inputs = {name: t.long() if not t.is_floating_point() else t for name, t in load_file(inputs_path).items()}
    ours = load_file(outputs_path)
    if "decoder_input_ids" not in inputs and "labels" not in inputs:
        raise ValueError(f"{inputs_path}: needs labels or decoder_input_ids, got {sorted(inputs)}")
    theirs = named_outputs(model(**inputs, output_hidden_states=True, output_attentions=True))
    if "logits" not in ours:
        raise ValueError(f"{outputs_path}: has no logits, got {sorted(ours)}")
    within = True
    for name in sorted(theirs.keys() & ours.keys(), key=lambda n: (n != "logits", n)):
        a, b = theirs[name].double(), ours[name].double()
        if a.shape != b.shape:
            print(f"{name}: shape {list(b.shape)}, Transformers has {list(a.shape)}: OUT OF BOUNDS")
            within = False
            continue
        difference, bound = (a - b).abs().max().item(), ABSOLUTE + RELATIVE * a.abs().max().item()
        if name == "logits":
            good = difference <= bound  # false for NaN
            within = within and good
            print(f"logits: max |Δ| {difference:.2e}, bound {bound:.2e}: {'ok' if good else 'OUT OF BOUNDS'}")
        else:
            print(f"{name}: max |Δ| {difference:.2e}")
    return within


def make_inputs(model, tokenizer, lines, path):
    """A batch whose labels are the reversed sources: any ids do to compare logits."""
    batch = tokenizer(lines, padding=True, return_tensors="pt")
    ids, mask, eos = batch["input_ids"], batch["attention_mask"], model.config.eos_token_id
    labels = torch.full_like(ids, IGNORED)
    for row, (source, length) in enumerate(zip(ids, mask.sum(1).tolist())):
        labels[row, :length] = torch.cat([source[: length - 1].flip(0), torch.tensor([eos])])
    save_file({"input_ids": ids, "attention_mask": mask, "labels": labels}, path)
    print(f"{path}: {list(ids.shape)}")


# Beam search


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
    torch.manual_seed(0)
    model, differences = load(options.folder)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(options.folder) if options.lines else None
    lines = read_lines(options.lines, options.limit) if options.lines else []
    if options.make_inputs:
        return make_inputs(model, tokenizer, lines[: options.make_rows], options.make_inputs)
    print(f"checkpoint: {'ok, no tensor missing or left over' if not differences else 'OUT OF BOUNDS: ' + ', '.join(differences)}")
    verdicts = [not differences]
    if options.inputs:
        verdicts.append(compare_outputs(model, options.inputs, options.outputs))
    if options.predictions:
        predictions = read_predictions(options.predictions, options.limit)
        verdicts.append(compare_predictions(model, tokenizer, lines, predictions, options))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        sys.exit(f"compare.py: {error}")
