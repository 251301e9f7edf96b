"""Makes `families/*`: what the families of docs/extending.md are compared with.

    pip install -r bench/python/requirements.txt
    python test/golden/make/families.py test/golden/families

Tiny random models, saved by Transformers, with their outputs in eager attention.
"""

import pathlib
import shutil
import sys

import torch
import transformers

from write import described, flat, randomise, run, write_json, write_tensors

OPT = {
    **{"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 24},
    **{"max_position_embeddings": 20, "word_embed_proj_dim": 16},
}
MEGATRON = {
    **{"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24},
    **{"max_position_embeddings": 20},
}
FAMILIES = {
    "opt": ("OPTForCausalLM", transformers.OPTConfig(**OPT)),
    "megatron_bert": ("MegatronBertForMaskedLM", transformers.MegatronBertConfig(**MEGATRON)),
}


def make(name, kind, config, seed, root):
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    random = torch.Generator().manual_seed(seed)
    model_class = getattr(transformers, kind)
    randomise(model_class(config), random).save_pretrained(folder)
    model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.randint(4, config.vocab_size, (2, 7), generator=random)
    mask = torch.ones_like(ids)
    ids[1, 4:], mask[1, 4:] = config.pad_token_id, 0
    labels = ids.masked_fill(mask == 0, -100)
    inputs = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    with torch.no_grad():
        result = run(model, inputs)
    summary = {"class": kind, "reference": f"transformers {transformers.__version__}, torch {torch.__version__}", "seed": seed}
    summary |= {"inputs": {key: described(tensor) for key, tensor in inputs.items()}, "loss": result.loss.item()}
    if model.can_generate() and name == "opt":
        written = model.generate(ids[:1], max_new_tokens=6, min_new_tokens=6, do_sample=False)
        summary["generated"] = written[0].tolist()
    outputs = {f"out/{key}": tensor for key, tensor in flat(result).items() if isinstance(tensor, torch.Tensor)}
    write_tensors(folder / "cases.safetensors", {f"in/{key}": tensor for key, tensor in inputs.items()} | outputs)
    write_json(folder / "cases.json", summary)
    print(name, list(outputs), summary.get("generated"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for at, (family, (kind, config)) in enumerate(FAMILIES.items()):
        make(family, kind, config, 701 + at, pathlib.Path(sys.argv[1]))
