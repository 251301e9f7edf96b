"""A Marian folder as Heddle writes it, loaded with Transformers, and batches of lines for it."""

import pathlib

from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast


def load_tokenizer(folder):
    return PreTrainedTokenizerFast.from_pretrained(folder)


def load_model(folder):
    """The model in evaluation mode, in float32.

    Raises ValueError when the file lacks a tensor the class wants or holds one it does not know.
    """
    model, report = AutoModelForSeq2SeqLM.from_pretrained(folder, output_loading_info=True, dtype="float32")
    wrong = {name: sorted(map(str, report[name])) for name in ("missing_keys", "unexpected_keys", "mismatched_keys") if report[name]}
    if wrong:
        raise ValueError(f"{folder}: the checkpoint and {type(model).__name__} differ: {wrong}")
    return model.eval()


def read_lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def batches_by_length(encoded, size):
    """Lists of positions in `encoded`, longest first, so that a batch has little padding."""
    order = sorted(range(len(encoded)), key=lambda at: (-len(encoded[at]), at))
    return [order[at : at + size] for at in range(0, len(order), size)]
