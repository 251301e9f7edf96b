"""Outputs and gradients of Transformers under the names of `heddle forward`, and how far two sets of them are apart."""

import torch

ABSOLUTE, RELATIVE = 2e-5, 2e-6
GRADIENT_ABSOLUTE, GRADIENT_RELATIVE = 1e-6, 2e-5
REPEATED = {"encoder_last_hidden_state"}  # the last of encoder_hidden_states


def named_outputs(result):
    """Name → tensor: logits, loss, encoder_hidden_states.0, ..."""
    named = {}
    for name, value in result.items():
        if isinstance(value, torch.Tensor):
            named[name] = value.detach()
        elif isinstance(value, tuple) and all(isinstance(v, torch.Tensor) for v in value):
            named.update({f"{name}.{i}": v.detach() for i, v in enumerate(value)})
    return named


def run(model, inputs):
    """Outputs, and `grad/NAME` of every parameter that the loss reads."""
    model.zero_grad()
    result = model(**inputs, output_hidden_states=True, output_attentions=True)
    named = named_outputs(result)
    if result.get("loss") is None:
        return named
    result.loss.backward()
    return {**named, **{f"grad/{name}": p.grad for name, p in model.named_parameters() if p.grad is not None}}


def defined(model, inputs, named):
    """Without the weights of padding in block-sparse attention, which have no meaning: its queries give zeros."""
    if getattr(model.config, "attention_type", None) != "block_sparse" or "attention_mask" not in inputs:
        return named
    mask = inputs["attention_mask"][:, None, :, None].float()
    return {name: tensor * mask if name.startswith("attentions") else tensor for name, tensor in named.items()}


def bound_of(name, theirs):
    largest = theirs.double().abs().max().item()
    return GRADIENT_ABSOLUTE + GRADIENT_RELATIVE * largest if name.startswith("grad/") else ABSOLUTE + RELATIVE * largest


def compare(theirs, ours):
    """What the two differ in, as lines that are empty where all is well, and the largest difference of each kind.

    Every output of the class must be there; states, attentions and gradients are compared where both have them.
    """
    problems, largest = [], {}
    for name, a in sorted(theirs.items()):
        if name not in ours:
            if "." not in name and name not in REPEATED:
                problems.append(f"{name}: Heddle gives none")
            continue
        b = ours[name]
        if a.shape != b.shape:
            problems.append(f"{name}: shape {list(b.shape)}, Transformers has {list(a.shape)}")
            continue
        difference, bound = (a.double() - b.double()).abs().max().item(), bound_of(name, a)
        kind = "gradients" if name.startswith("grad/") else name.split(".")[0]
        largest[kind] = max(difference, largest.get(kind, 0.0))
        if not difference <= bound:  # so that NaN is out of bounds
            problems.append(f"{name}: max |Δ| {difference:.2e}, bound {bound:.2e}")
    return problems, largest
