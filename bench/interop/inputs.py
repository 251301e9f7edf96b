"""Random inputs and labels for a model of any class, made of its configuration and of what its `forward` takes."""

import inspect

import torch

IGNORED = -100
SPECIAL = 5  # ids below may be special tokens


def make_inputs(model, rows=4, time=16, seed=0):
    """Token ids of rows of different length with masks, types where the model has any, or pixels; and labels where its class has a loss."""
    random = torch.Generator().manual_seed(seed)
    config, taken = model.config, inspect.signature(model.forward).parameters
    if "pixel_values" in taken:
        size, channels = config.image_size, config.num_channels
        inputs = {"pixel_values": torch.randn(rows, channels, size, size, generator=random)}
        return {**inputs, **labels_of(model, taken, inputs, random)}
    time = min(time, getattr(config, "max_position_embeddings", time))
    lengths = torch.linspace(time, max(2, time // 4), rows).long()
    mask = (torch.arange(time) < lengths[:, None]).long()
    ids = torch.randint(min(SPECIAL, config.vocab_size - 1), config.vocab_size, (rows, time), generator=random)
    inputs = {"input_ids": torch.where(mask == 1, ids, config.pad_token_id or 0), "attention_mask": mask}
    types = getattr(config, "type_vocab_size", 0)
    if "token_type_ids" in taken and types > 1:
        inputs["token_type_ids"] = torch.randint(0, types, (rows, time), generator=random) * mask
    if getattr(config, "is_encoder_decoder", False):
        inputs |= for_decoder(model, inputs, lengths, random)
    return {**inputs, **labels_of(model, taken, inputs, random)}


def for_decoder(model, inputs, lengths, random):
    """What classes with a decoder need: a text ends with one end token for a classifier, a bare model reads other tokens."""
    name, config, ids = type(model).__name__, model.config, inputs["input_ids"]
    if name.endswith("ForSequenceClassification"):
        ids = ids.clone()
        ids[torch.arange(len(lengths)), lengths - 1] = config.eos_token_id
        return {"input_ids": ids}
    if name.endswith("MTModel") or not name.endswith("Model"):
        return {}
    return {"decoder_input_ids": torch.randint(SPECIAL, config.vocab_size - 1, (len(lengths), 9), generator=random)}


def labels_of(model, taken, inputs, random):
    """The label inputs of the model's class: by its name where classes differ, else by what `forward` takes."""
    name, config = type(model).__name__, model.config
    first = next(iter(inputs.values()))
    rows = first.shape[0]
    some = lambda count, *shape: torch.randint(0, count, shape, generator=random)
    if "start_positions" in taken:
        ends = some(first.shape[1], rows, 2).sort().values
        return {"start_positions": ends[:, 0].contiguous(), "end_positions": ends[:, 1].contiguous()}
    if "labels" not in taken:
        return {}
    if name.endswith("ForNextSentencePrediction"):
        return {"labels": some(2, rows)}
    if name == "ElectraForPreTraining":  # whether each token was replaced
        return {"labels": some(2, *inputs["input_ids"].shape)}
    if name.endswith(("ForSequenceClassification", "ForImageClassification")):
        return {"labels": classification_labels(config, rows, random)}
    count = config.num_labels if name.endswith("ForTokenClassification") else config.vocab_size
    places = inputs["attention_mask"] == 1
    if not (name.endswith("ForTokenClassification") or config.is_encoder_decoder):
        places = places & (torch.rand(places.shape, generator=random) < 0.5)
        places[:, 0] = True  # a loss over nothing is not a number
    labels = {"labels": some(count, *places.shape).masked_fill(~places, IGNORED)}
    pairs = [label for label in ("next_sentence_label", "sentence_order_label") if label in taken]
    return {**labels, **{label: some(2, rows) for label in pairs}}


def classification_labels(config, rows, random):
    """Classes, 0 or 1 for each label, or numbers, by Transformers' rules for `problem_type`."""
    kind = config.problem_type or ("regression" if config.num_labels == 1 else "single_label_classification")
    if kind == "single_label_classification":
        return torch.randint(0, config.num_labels, (rows,), generator=random)
    if kind == "multi_label_classification":
        return torch.randint(0, 2, (rows, config.num_labels), generator=random).float()
    return torch.randn(*([rows] if config.num_labels == 1 else [rows, config.num_labels]), generator=random)
