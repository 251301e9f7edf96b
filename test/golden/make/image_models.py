"""Makes the `models/vit_*` and `models/deit_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/image_models.py test/golden/models

Tiny random ViTs and DeiTs, saved by Transformers, with outputs, losses, gradients and a short AdamW run, computed in eager
attention, without dropout, on one thread.
"""

import copy
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file

import models
from models import PLAIN_ADAMW, TRAINER_ADAMW, double, run_case, train
from write import flat, randomise, write_json, write_tensors

# ViT's softmax is in float32 even in a float64 model, so a true gradient of zero has more noise there.
models.ZERO_GRADIENT = 1e-8
SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
# The names that `train` gives its batches, and those of the cases here.
BATCHES = {"padded": "batch", "full": "second"}

MODELS = {
    "vit_model": {
        **{"class": "ViTModel", "config": {"image_size": 12, "patch_size": 3, "num_channels": 2}},
        "pooler": {"pooler_act": "gelu", "pooler_output_size": 10},
        **{"size": (12, 12), "bigger": (6, 21), "note": "a pooler of another width and activation"},
    },
    "vit_no_qkv_bias": {
        "class": "ViTForImageClassification",
        "config": {"image_size": [8, 12], "patch_size": [4, 2], "num_channels": 1, "qkv_bias": False, "hidden_act": "relu"},
        **{"labels": "several", "num_labels": 3, "problem_type": "multi_label_classification", "layer_norm_eps": 1e-6},
        **{"size": (8, 12), "adamw": TRAINER_ADAMW, "note": "no biases of queries, keys and values; patches that are not square"},
    },
    "deit_model": {
        **{"class": "DeiTModel", "config": {"image_size": 8, "patch_size": 4, "num_channels": 3}},
        **{"size": (8, 8), "bigger": (12, 16), "note": "two learned tokens, which keep their positions when others are resized"},
    },
    "deit_cls": {
        **{"class": "DeiTForImageClassification", "config": {"image_size": 8, "patch_size": 4, "num_channels": 1}},
        **{"labels": "one", "num_labels": 4, "size": (8, 8), "bigger": (8, 12), "adamw": PLAIN_ADAMW},
        "note": "reads the first token; the second has no head",
    },
    "deit_teacher": {
        "class": "DeiTForImageClassificationWithTeacher",
        "config": {"image_size": 8, "patch_size": 4, "num_channels": 3},
        **{"num_labels": 4, "size": (8, 8), "bigger": (16, 8), "note": "the mean of two heads; no loss"},
    },
}


def images(rows, row, size, random):
    found = {"pixel_values": torch.randn(rows, row["config"]["num_channels"], *size, generator=random)}
    count = row.get("num_labels")
    if row.get("labels") == "one":
        found["labels"] = torch.randint(0, count, (rows,), generator=random)
    if row.get("labels") == "several":
        found["labels"] = torch.randint(0, 2, (rows, count), generator=random).float()
    return found


def configuration(row):
    kind = transformers.ViTConfig if row["class"].startswith("ViT") else transformers.DeiTConfig
    own = {name: row[name] for name in ("num_labels", "problem_type", "layer_norm_eps") if name in row}
    return kind(**SIZES, **row["config"], **row.get("pooler", {}), **own)


def norms_near_one(model, random):
    for module in model.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.weight.data = 1 + 0.1 * torch.randn(module.weight.shape, generator=random)
    return model


def names_on_disk(model, folder):
    """Transformers 5 renames the tensors of its files when it loads them: its name of a parameter → that in the file."""
    stored = load_file(folder / "model.safetensors")
    return {
        name: next(file for file, tensor in stored.items() if tensor.shape == p.shape and torch.equal(tensor, p.data))
        for name, p in model.named_parameters()
    }


def renamed(value, names):
    """JSON, or tensors by name, with other names."""
    if isinstance(value, dict):
        return {renamed(key, names): renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [renamed(each, names) for each in value]
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition("/")
    return f"{kind}/{names[name]}" if name in names else names.get(value, value)


def bigger_case(model, row, random):
    """An image of another size, whose positions are interpolated: outputs alone."""
    inputs = {"pixel_values": images(1, row, row["bigger"], random)["pixel_values"]}
    call = {"interpolate_pos_encoding": True, "output_hidden_states": True, "output_attentions": True}
    with torch.no_grad():
        outputs = flat(model(**inputs, **call))
        exact = flat(copy.deepcopy(model).double()(**double(inputs), **call))
    said = {
        "inputs": {"pixel_values": {"shape": list(inputs["pixel_values"].shape), "dtype": "float32"}, "interpolate_pos_encoding": True},
        "outputs": {name: list(tensor.shape) for name, tensor in outputs.items()},
        "mode": "eval",
    }
    tensors = {"in/pixel_values": inputs["pixel_values"]} | {f"out/{name}": tensor for name, tensor in outputs.items()}
    return said, tensors, {"outputs": max((outputs[name].double() - exact[name]).abs().max().item() for name in outputs)}


def make(name, row, seed, root):
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    random = torch.Generator().manual_seed(seed)
    kind = getattr(transformers, row["class"])
    norms_near_one(randomise(kind(configuration(row)), random), random).save_pretrained(folder)
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    names = names_on_disk(model, folder)
    twin = copy.deepcopy(model).double()
    said, tensors, off = {}, {}, {}
    cases = {case: images(rows, row, row["size"], random) for case, rows in zip(BATCHES.values(), (3, 2))}
    for case, inputs in cases.items():
        given, found, each = run_case(model, twin, inputs, "labels" in row and case == "batch")
        given["inputs"]["pixel_values"].pop("values")
        said[case] = renamed(given, names)
        tensors |= {f"{case}/{key}": tensor for key, tensor in renamed(found, names).items()}
        off = {key: max(off.get(key, 0.0), each.get(key, 0.0)) for key in {**off, **each}}
    if "bigger" in row:
        said["bigger_image"], found, each = bigger_case(model, row, random)
        tensors |= {f"bigger_image/{key}": tensor for key, tensor in found.items()}
        off["outputs"] = max(off["outputs"], each["outputs"])
    summary = {"model": name, "class": row["class"], "reference": f"transformers {transformers.__version__}, torch {torch.__version__}"}
    summary |= {"seed": seed, "weights": "random", "num_parameters": model.num_parameters(), "notes": [row["note"]]}
    summary |= {"cases": said, "f32_vs_f64": off}
    if "adamw" in row:
        batches = {name: cases[case] for name, case in BATCHES.items()}
        zero = [name for name, file in names.items() if file in said["batch"]["zero_grad_params"]]
        run, final = train(model, twin, batches, row["adamw"], zero)
        summary["train"] = renamed(run, {**names, **BATCHES})
        write_tensors(folder / "train.safetensors", renamed(final, names))
    write_tensors(folder / "cases.safetensors", tensors)
    write_json(folder / "cases.json", summary)
    print(name, {key: f"{value:.0e}" for key, value in off.items()}, summary.get("train", {}).get("f32_vs_f64"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for at, (model_name, model_row) in enumerate(MODELS.items()):
        make(model_name, model_row, 701 + at, pathlib.Path(sys.argv[1]))
