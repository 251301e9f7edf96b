"""Makes the folders of `models/`: a row of a table is a tiny random model of a class, saved by Transformers, with outputs,
losses, gradients and a short AdamW run, computed in eager attention, without dropout, on one thread. See `bert_models.py`.

A row has `class`; `config`, the fields of its configuration; and, as far as the class needs them, `labels`, a function of
rows, time, vocabulary and random; `adamw`, settings of a run; `text`, the ids of its special tokens; `types`, how many
token types there are; `tables`, a factor of the embeddings, small ones for what norms add to a variance; `more`, further
cases; `inputs`, a function of the row and random, for other cases than those; `case_notes`, notes of cases; `exact_loss`, the loss in
float64 of a class that computes it in float32; `learn`, a function that trains the model first;
`generate`, settings of calls of `generate` over the case `padded`; `edit`, a function that changes what is said of a case and
returns its tensors; `note`.
"""

import copy
import pathlib
import shutil
import sys

import torch
import transformers
from torch.nn.utils import clip_grad_norm_
from transformers import Trainer, get_linear_schedule_with_warmup

from write import described, flat, randomise, run, write_json, write_tensors

PLAIN_ADAMW = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.01, "steps": 3}
TRAINER_ADAMW = {
    **{"lr": 2e-3, "betas": [0.9, 0.98], "eps": 1e-8, "weight_decay": 0.1, "steps": 3},
    **{"trainer_groups": True, "max_grad_norm": 1.0, "schedule": {"type": "linear", "warmup_steps": 2, "total_steps": 10}},
}
# A true gradient of zero is noise in float64, many orders below any other.
ZERO_GRADIENT = 1e-13
# Ids of special tokens, and the least of all others.
BERT_TEXT = {"first": 2, "last": 3, "pad": 0, "least": 5}
ROBERTA_TEXT = {"first": 0, "last": 2, "pad": 1, "least": 3}


def classes(count):
    return lambda rows, time, vocabulary, random: {"labels": torch.randint(0, count, (rows,), generator=random)}


def numbers(*width):
    return lambda rows, time, vocabulary, random: {"labels": torch.randn(rows, *width, generator=random)}


def several(count):
    return lambda rows, time, vocabulary, random: {"labels": torch.randint(0, 2, (rows, count), generator=random).float()}


def next_sentence(rows, time, vocabulary, random):
    """The first row carries no loss when there are more than two."""
    labels = torch.randint(0, 2, (rows,), generator=random)
    labels[0] = -100 if rows > 2 else 1
    return {"labels": labels}


def spans(rows, time, vocabulary, random):
    """The last row's start lies outside the input when there are more than two: that term is ignored."""
    ends = torch.sort(torch.randint(1, time, (rows, 2), generator=random)).values
    if rows > 2:
        ends[-1, 0] = time + 5
    return {"start_positions": ends[:, 0].clone(), "end_positions": ends[:, 1].clone()}


def token_classes(count):
    """Some tokens have no label."""

    def labels(rows, time, vocabulary, random):
        drawn = torch.randint(0, count, (rows, time), generator=random)
        return {"labels": drawn.masked_fill(torch.rand(rows, time, generator=random) > 0.6, -100)}

    return labels


def masked(rows, time, vocabulary, random):
    labels = torch.randint(5, vocabulary, (rows, time), generator=random)
    return {"labels": labels.masked_fill(torch.rand(rows, time, generator=random) > 0.3, -100)}


def make_inputs(row, random):
    """Three cases: padded with types, full with nothing but ids, and a single token."""
    labels = row.get("labels", lambda rows, time, vocabulary, random: {})
    text, vocabulary, types = row.get("text", BERT_TEXT), row["config"]["vocab_size"], row.get("types", 0)
    first, last, pad, least = (text[name] for name in ("first", "last", "pad", "least"))
    ids = torch.randint(least, vocabulary, (4, 12), generator=random)
    lengths = torch.tensor([12, 7, 3, 10])
    mask = (torch.arange(12) < lengths[:, None]).long()
    ids[:, 0] = first
    ids[torch.arange(4), lengths - 1] = last
    padded = {"input_ids": ids.masked_fill(mask == 0, pad), "attention_mask": mask}
    if types:
        padded["token_type_ids"] = torch.randint(0, types, ids.shape, generator=random) * mask
    full = torch.randint(least, vocabulary, (2, 9), generator=random)
    full[:, 0], full[:, -1] = first, last
    return {
        "padded": {**padded, **labels(4, 12, vocabulary, random)},
        "full": {"input_ids": full, **labels(2, 9, vocabulary, random)},
        "one_token": {"input_ids": torch.tensor([[first]]), "attention_mask": torch.tensor([[1]])},
        **row.get("more", {}),
    }


def named_parameters(model):
    """Every parameter that is trained, once: a tied one by the name that the others repeat, whichever module comes first."""
    aliases = set(model.all_tied_weights_keys)
    every = {name: p for name, p in model.named_parameters(remove_duplicate=False) if p.requires_grad}
    own = {id(p) for name, p in every.items() if name not in aliases}
    return {name: p for name, p in every.items() if name not in aliases or id(p) not in own}


def double(inputs):
    return {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}


def zero_slice(gradient):
    """From where to where a vector's true gradient is zero, if that is a part of it: keys have no gradient in a bias of queries, keys and
    values."""
    zero = (gradient.abs() < ZERO_GRADIENT).nonzero().flatten().tolist() if gradient.dim() == 1 else []
    is_part = 0 < len(zero) < len(gradient) and zero == list(range(zero[0], zero[-1] + 1))
    return [zero[0], zero[-1] + 1] if is_part else None


def run_case(model, twin, inputs, with_gradients):
    """What cases.json says of a case, its tensors, and how far float32 is from float64."""
    model.zero_grad()
    twin.zero_grad()
    result, exact = run(model, inputs), run(twin, double(inputs))
    outputs, exact_outputs = flat(result), flat(exact)
    said = {"inputs": {name: described(tensor) for name, tensor in inputs.items()}}
    said |= {"outputs": {name: list(tensor.shape) for name, tensor in outputs.items()}, "mode": "eval"}
    tensors = {f"in/{name}": tensor for name, tensor in inputs.items()} | {f"out/{name}": tensor for name, tensor in outputs.items()}
    off = {"outputs": max((outputs[name].double() - exact_outputs[name]).abs().max().item() for name in outputs)}
    if result.get("loss") is not None:
        said |= {"loss": result.loss.item(), "loss_float64": exact.loss.item()}
        off["loss"] = abs(said["loss"] - said["loss_float64"])
    if with_gradients:
        result.loss.backward()
        exact.loss.backward()
        gradients = {name: p.grad for name, p in named_parameters(model).items() if p.grad is not None}
        true = {name: p.grad for name, p in named_parameters(twin).items() if p.grad is not None}
        said |= {"grads": True, "params_without_grad": [name for name, p in named_parameters(model).items() if p.grad is None]}
        said["zero_grad_params"] = [name for name, g in true.items() if g.abs().max() < ZERO_GRADIENT]
        slices = {name: zero_slice(g) for name, g in true.items()}
        said["zero_grad_slices"] = {name: each for name, each in slices.items() if each}
        said["grad_max_abs"] = max(g.abs().max().item() for g in gradients.values())
        tensors |= {f"grad/{name}": g for name, g in gradients.items()}
        off["gradients"] = max((gradients[name].double() - true[name]).abs().max().item() for name in gradients)
    return said, tensors, off


def adamw(model, cases, settings):
    """Trains with torch.optim.AdamW, batches in turn; gives the log and the names without decay."""
    named = named_parameters(model)
    decayed = set(Trainer.get_decay_parameter_names(None, model)) if settings.get("trainer_groups") else set(named)
    groups = [
        {"params": [p for name, p in named.items() if name in decayed], "weight_decay": settings["weight_decay"]},
        {"params": [p for name, p in named.items() if name not in decayed], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings["lr"], betas=settings["betas"], eps=settings["eps"])
    schedule = settings.get("schedule")
    scheduler = schedule and get_linear_schedule_with_warmup(optimizer, schedule["warmup_steps"], schedule["total_steps"])
    log = []
    for step in range(settings["steps"]):
        batch = ("padded", "full")[step % 2]
        optimizer.zero_grad()
        loss = model(**cases[batch]).loss
        loss.backward()
        norm = clip_grad_norm_(model.parameters(), settings.get("max_grad_norm", float("inf")))
        log.append({"batch": batch, "loss": loss.item(), "lr": optimizer.param_groups[0]["lr"], "grad_norm_before_clip": norm.item()})
        optimizer.step()
        if scheduler:
            scheduler.step()
    return log, [name for name in named if name not in decayed]


def train(model, twin, cases, settings, zero, slices):
    """The AdamW run in float32 and float64: what cases.json says of it, and the final weights."""
    before = copy.deepcopy(model.state_dict())
    log, undecayed = adamw(model, cases, settings)
    exact_log, _ = adamw(twin, {name: double(inputs) for name, inputs in cases.items()}, settings)
    final, exact = named_parameters(model), named_parameters(twin)
    differences = {name: (final[name].double() - exact[name]).abs() for name in final}
    for name, (start, end) in slices.items():
        differences[name][start:end] = 0
    off = {name: difference.max().item() for name, difference in differences.items()}
    said = {**settings, "batches": ["padded", "full"], "optimizer": "torch.optim.AdamW", "mode": "eval (no dropout)", "log": log}
    said |= {"log_float64_loss": [line["loss"] for line in exact_log], "no_decay_params": undecayed}
    said |= {"zero_grad_params": zero, "params_without_grad": [name for name, p in final.items() if p.grad is None]}
    said["max_param_change"] = max((final[name] - before[name]).abs().max().item() for name in final)
    said["f32_vs_f64"] = {
        "max_abs": max(value for name, value in off.items() if name not in zero),
        "max_abs_on_zero_grad_params": max((off[name] for name in zero), default=0.0),
    }
    return said, {f"final/{name}": p for name, p in final.items()}


def freeze_sinusoids(model):
    """As in a new model; from_pretrained forgets it."""
    for module in model.modules():
        if hasattr(module, "create_weight"):
            module.weight.requires_grad_(False)


def generate(model, inputs, name, settings):
    """One call of `generate`, by id."""
    source = {key: inputs[key] for key in ("input_ids", "attention_mask")}
    found = model.generate(**source, **settings, return_dict_in_generate=True, output_scores=True)
    said = {"name": name, "inputs_of_case": "padded", "kwargs": settings, "sequences": found.sequences.tolist()}
    return said | ({"sequences_scores": found.sequences_scores.tolist()} if settings.get("num_beams", 1) > 1 else {})


def make(name, row, seed, root):
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    random = torch.Generator().manual_seed(seed)
    kind = getattr(transformers, row["class"])
    made = randomise(kind(kind.config_class(**row["config"])), random)
    for parameter_name, parameter in made.named_parameters():
        if "embeddings" in parameter_name and "LayerNorm" not in parameter_name:
            parameter.data *= row.get("tables", 1)
    if "learn" in row:
        row["learn"](made, random)
    made.save_pretrained(folder)
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    freeze_sinusoids(model)
    twin = copy.deepcopy(model).double()
    if "exact_loss" in row:
        twin.loss_function = row["exact_loss"]
    said, tensors, off = {}, {}, {}
    cases, with_gradients = row.get("inputs", make_inputs)(row, random), {"padded", *row.get("more", {})}
    for case, inputs in cases.items():
        said[case], found, each = run_case(copy.deepcopy(model), copy.deepcopy(twin), inputs, "labels" in row and case in with_gradients)
        found = row.get("edit", lambda case, said, found: found)(case, said[case], found)
        said[case] |= {"note": row["case_notes"][case]} if case in row.get("case_notes", {}) else {}
        tensors |= {f"{case}/{key}": tensor for key, tensor in found.items()}
        off = {key: max(off.get(key, 0.0), each.get(key, 0.0)) for key in {**off, **each}}
    summary = {"model": name, "class": row["class"], "reference": f"transformers {transformers.__version__}, torch {torch.__version__}"}
    summary |= {"seed": seed, "weights": "random", "num_parameters": model.num_parameters(), "notes": [row["note"]] if "note" in row else []}
    summary |= {"cases": said, "f32_vs_f64": off}
    if "generate" in row:
        summary["generation"] = [generate(model, cases["padded"], *one) for one in row["generate"].items()]
    if "adamw" in row:
        summary["train"], final = train(model, twin, cases, row["adamw"], *(said["padded"][key] for key in ("zero_grad_params", "zero_grad_slices")))
        write_tensors(folder / "train.safetensors", final)
    write_tensors(folder / "cases.safetensors", tensors)
    write_json(folder / "cases.json", summary)
    print(name, {key: f"{value:.0e}" for key, value in off.items()}, summary.get("train", {}).get("f32_vs_f64"))


def make_all(models, seed):
    """Makes a folder of each row below the path of the command line."""
    torch.set_num_threads(1)
    for at, (name, row) in enumerate(models.items()):
        make(name, row, seed + at, pathlib.Path(sys.argv[1]))
