"""Writes `tokenizers/cut.json`: texts that are too long, cut by Transformers' tokenizers to several lengths.

Run with transformers 5.24.0 on Python 3.11: `python test/golden/make/cut_texts.py`. Tables of characters are left out of
the tokenizers: the golden folders have only their digests, and no text here needs them.
"""
import json
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

folder = Path(__file__).resolve().parents[1] / "tokenizers"
TEXT = "The weaver lifts the red thread over the loom at night."
# Every shape of a template: tokens around a text, one or two after it, one before and one after it, none.
FOLDERS = ["bert_uncased", "roberta", "gpt2", "t5", "convert/mbart", "convert/mbart50"]


def without_table(parts):
    """The normalizer without its table."""
    kept = [part for part in (parts or {}).get("normalizers", [parts] if parts else []) if part["type"] != "Precompiled"]
    return {"type": "Sequence", "normalizers": kept} if kept else None


rows = []
for name in FOLDERS:
    file = "tokenizer.expected.json" if "/" in name else "tokenizer.json"
    content = json.loads((folder / name / file).read_text())
    content["normalizer"] = without_table(content["normalizer"])
    for side in ("right", "left"):
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer.from_str(json.dumps(content)), truncation_side=side
        )
        for length in (4, 7, 12, 100):
            ids = tokenizer(TEXT, truncation=True, max_length=length)["input_ids"]
            rows.append({"folder": name, "side": side, "max_length": length, "ids": ids})
(folder / "cut.json").write_text(json.dumps({"text": TEXT, "rows": rows}) + "\n")
