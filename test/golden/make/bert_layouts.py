"""Makes the `loading/bert_5_*` folders: checkpoints laid out as Transformers 5 writes or reads them.

    python test/golden/make/bert_layouts.py test/golden/loading

Each folder has expected.json (what it shows, the inputs, what Transformers says of its names) and expected.safetensors (its outputs).
"""

import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertTokenizer

from write import flat, randomise, run, write_json, write_tensors

SIZES = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"the a cat dog sat ran on mat ##s ##ed . ,".split()]
TABLE, DECODER = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder"


def save(model, folder, random):
    model.save_pretrained(folder)


def save_shards(model, folder, random):
    model.save_pretrained(folder, max_shard_size="16KB")


def save_bfloat16(model, folder, random):
    model.to(torch.bfloat16).save_pretrained(folder)


def changed(change):
    """Saves, then changes the tensors of the file."""

    def write(model, folder, random):
        save(model, folder, random)
        tensors = load_file(folder / "model.safetensors")
        save_file(change(tensors, random), folder / "model.safetensors", {"format": "pt"})

    return write


def with_tied(tensors, random):
    return {**tensors, f"{DECODER}.weight": tensors[TABLE].clone(), f"{DECODER}.bias": tensors["cls.predictions.bias"].clone()}


def with_another_decoder(tensors, random):
    return {**tensors, f"{DECODER}.weight": torch.randn(tensors[TABLE].shape, generator=random)}


def without_some_prefixes(tensors, random):
    return {name.removeprefix("bert.") if "embeddings" in name else name: tensor for name, tensor in tensors.items()}



LAYOUTS = {
    "bert_5_sharded": {"save": save_shards, "note": "shards of at most 16 KB and their index, as Transformers 5 writes them"},
    "bert_5_bfloat16": {"save": save_bfloat16, "note": "config.json says dtype, not torch_dtype; outputs computed in float32 after widening"},
    "bert_5_tied_equal": {"save": changed(with_tied), "note": "the tied decoder.weight and decoder.bias are in the file, equal to what they are tied to"},
    "bert_5_tied_different": {
        "save": changed(with_another_decoder),
        "note": "decoder.weight is in the file and differs from the table that tie_word_embeddings ties it to",
    },
    "bert_5_prefix_missing_on_some": {"save": changed(without_some_prefixes), "note": "the embeddings' names lack the prefix bert., all others have it"},
    "bert_5_more_rows": {"vocab_size": 24, "save": save, "tokenizer": True, "note": "24 rows in the table, 17 tokens"},
    "bert_5_fewer_rows": {"vocab_size": 12, "save": save, "tokenizer": True, "note": "12 rows in the table, 17 tokens: ids from 12 on have no row"},
}


def make_tokenizer(folder):
    BertTokenizer(vocab={token: i for i, token in enumerate(VOCABULARY)}).save_pretrained(folder)
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in VOCABULARY), encoding="utf-8")


def load(folder):
    """The model, and what Transformers reports of its names."""
    model, report = transformers.BertForMaskedLM.from_pretrained(
        folder, attn_implementation="eager", dtype="float32", output_loading_info=True, ignore_mismatched_sizes=True
    )
    return model.eval(), {kind: sorted(map(str, names)) for kind, names in report.items() if names}


def make(name, row, seed, root):
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    random = torch.Generator().manual_seed(seed)
    vocabulary = row.get("vocab_size", 32)
    model = randomise(transformers.BertForMaskedLM(BertConfig(vocab_size=vocabulary, **SIZES)), random)
    row["save"](model, folder, random)
    for unread in ("generation_config.json",):
        (folder / unread).unlink(missing_ok=True)
    if row.get("tokenizer"):
        make_tokenizer(folder)
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    inputs = {"input_ids": torch.randint(5, vocabulary, mask.shape, generator=random) * mask, "attention_mask": mask}
    model, report = load(folder)
    with torch.no_grad():
        outputs = flat(run(model, inputs))
    outputs = {key: tensor for key, tensor in outputs.items() if key == "logits" or key.startswith("hidden")}
    said = {"note": row["note"], "model_class": "BertForMaskedLM", "reference": f"transformers {transformers.__version__}"}
    said |= {"transformers_reports": report, "is_tied": model.get_output_embeddings().weight is model.get_input_embeddings().weight}
    said |= {"inputs": {key: tensor.tolist() for key, tensor in inputs.items()}, "outputs": [f"out/{key}" for key in outputs]}
    write_json(folder / "expected.json", said)
    tensors = {f"in/{key}": tensor for key, tensor in inputs.items()} | {f"out/{key}": tensor for key, tensor in outputs.items()}
    write_tensors(folder / "expected.safetensors", tensors)
    print(name, report, said["is_tied"], [path.name for path in sorted(folder.iterdir())])


if __name__ == "__main__":
    torch.set_num_threads(1)
    for at, (layout, layout_row) in enumerate(LAYOUTS.items()):
        make(layout, layout_row, 601 + at, pathlib.Path(sys.argv[1]))
