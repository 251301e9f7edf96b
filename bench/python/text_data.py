"""Labelled lines and a classifier over a folder's encoder, as the scripts that fine-tune and infer need them."""

import gzip
import pathlib

import transformers
from transformers import AutoModelForSequenceClassification


def read_lines(path):
    """Pairs of text and label: a line is a text, a tab and a label; .gz is read as it is."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="\n") as file:
        return [(text, label) for text, _, label in (line.rstrip("\n").rpartition("\t") for line in file)]


def encode(tokenizer, pairs, max_length):
    """Unpadded rows: input_ids, attention_mask, token_type_ids, labels (the index among the sorted labels)."""
    labels = {label: at for at, label in enumerate(sorted({label for _, label in pairs}))}
    encoded = tokenizer([text for text, _ in pairs], truncation=True, max_length=max_length)
    rows = zip(*(encoded[name] for name in tokenizer.model_input_names))
    return [{**dict(zip(tokenizer.model_input_names, row)), "labels": labels[label]} for row, (_, label) in zip(rows, pairs)]


def load_classifier(folder, num_labels, attention):
    """The folder's encoder under a new head of some labels, in float32. The report of the new head is not news here."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return AutoModelForSequenceClassification.from_pretrained(
        pathlib.Path(folder), num_labels=num_labels, dtype="float32", attn_implementation=attention
    )
