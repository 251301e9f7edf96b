"""What both scripts share: random weights, running a model, and writing files in the layout that ../README.md describes."""

import json
import re

import torch
from safetensors.torch import save_file

GPT2_NORMS = ("ln_1.weight", "ln_2.weight", "ln_f.weight")


def randomise(model, generator):
    """Weights large enough that every part shows in the outputs: matrices ± 0.2, tables ± 0.5, norms near 1, biases not zero. Sinusoids
    stay what they are."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith(("LayerNorm.weight", "layer_norm.weight", "layernorm_embedding.weight", "ln.weight", *GPT2_NORMS)):
            parameter.data = 1 + 0.1 * noise
        elif name.endswith("bias"):
            parameter.data = 0.1 * noise
        else:
            parameter.data = (0.5 if "embeddings" in name else 0.2) * noise
    for module in model.modules():
        if hasattr(module, "create_weight"):
            module.weight.data = module.create_weight()
    return model.eval()


def flat(result):
    """Outputs by name: logits, hidden_states.0, attentions.1, …; neither the loss nor, with a head, what the encoder shows anyway."""
    named = {}
    has_head = any("logits" in name for name in result)
    for name, value in result.items():
        if isinstance(value, tuple):
            named.update({f"{name}.{i}": each for i, each in enumerate(value)})
        elif isinstance(value, torch.Tensor) and name != "loss" and not (has_head and name == "encoder_last_hidden_state"):
            named[name] = value
    return named


def run(model, inputs):
    return model(**inputs, output_hidden_states=True, output_attentions=True)


def described(tensor):
    """A tensor in JSON."""
    return {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch."), "values": tensor.tolist()}


def write_json(path, value):
    """Indented, but lists of numbers stay on a line."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[\s\d.,e+-]*\]", lambda match: re.sub(r"\s+", " ", match[0]).replace("[ ", "[").replace(" ]", "]"), text)
    path.write_text(text + "\n", encoding="utf-8")


def write_tensors(path, tensors):
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}, path)
