"""Makes the `models/big_bird_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/big_bird_models.py test/golden/models

The cases `padded` and `full` are block-sparse unless the configuration says otherwise; `short` is attended to as a whole.
"""

import torch

from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, masked, token_classes

# Texts of more than 28 tokens are block-sparse.
SIZES = {
    **{"vocab_size": 70, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40},
    **{"max_position_embeddings": 42, "block_size": 4, "num_random_blocks": 1},
}
CLS, SEP = 65, 66
WHOLE, NOT_WHOLE, SHORT = 40, 37, 9
LAYERS = ("out/attentions", "out/hidden_states")


def masked_pairs(rows, time, vocabulary, random):
    return {**masked(rows, time, vocabulary, random), "next_sentence_label": torch.randint(0, 2, (rows,), generator=random)}


def spans(rows, time, vocabulary, random):
    """After every question; the last row's end lies outside the input: that term is ignored."""
    ends = torch.sort(torch.randint(7, time, (rows, 2), generator=random)).values
    ends[-1, 1] = time + 5
    return {"start_positions": ends[:, 0].clone(), "end_positions": ends[:, 1].clone()}


def texts(rows, time, random):
    ids = torch.randint(5, 65, (rows, time), generator=random)
    ids[:, 0], ids[:, 5], ids[:, -1] = CLS, SEP, SEP
    return ids


def cases(row, random):
    """Whole blocks, padded, with types unless the class makes them; not whole; and short."""
    labels = row.get("labels", lambda rows, time, vocabulary, random: {})
    types, vocabulary = row.get("types", 0), row["config"]["vocab_size"]
    lengths = torch.tensor([WHOLE, 23])
    mask = (torch.arange(WHOLE) < lengths[:, None]).long()
    padded = {"input_ids": texts(2, WHOLE, random) * mask, "attention_mask": mask}
    if types:
        padded["token_type_ids"] = torch.randint(0, types, mask.shape, generator=random) * mask
    else:
        padded["input_ids"][1] = padded["input_ids"][1].masked_fill(padded["input_ids"][1] == SEP, 7)
    return {
        "padded": {**padded, **labels(2, WHOLE, vocabulary, random)},
        "full": {"input_ids": texts(2, NOT_WHOLE, random), **labels(2, NOT_WHOLE, vocabulary, random)},
        "short": {"input_ids": texts(2, SHORT, random), **labels(2, SHORT, vocabulary, random)},
    }


def edit(case, said, found):
    """What is shown of the layers of `full` has the padded length, but for the last hidden state: it is left out."""
    if case == "padded":
        said["note"] = "block-sparse path: weights of padding have no defined values"
    if case == "full":
        found = {key: tensor for key, tensor in found.items() if not key.startswith(LAYERS)}
        said["outputs"] = {key: shape for key, shape in said["outputs"].items() if f"out/{key}" in found}
    return found


def big_bird(kind, config, **row):
    return {"class": kind, "config": {**SIZES, **config}, "types": 2, "inputs": cases, "edit": edit, **row}


ROWS = {
    "big_bird_model": big_bird(
        "BigBirdModel", {"use_bias": False, "rescale_embeddings": True, "type_vocab_size": 3}, types=3
    ),
    "big_bird_pretraining": big_bird(
        "BigBirdForPreTraining", {"hidden_act": "relu"}, labels=masked_pairs, adamw=TRAINER_ADAMW
    ),
    "big_bird_mlm_untied": big_bird(
        "BigBirdForMaskedLM", {"tie_word_embeddings": False, "hidden_act": "gelu"}, labels=masked, adamw=PLAIN_ADAMW
    ),
    "big_bird_seqcls": big_bird(
        "BigBirdForSequenceClassification",
        {"num_labels": 3, "classifier_dropout": 0.2, "hidden_act": "gelu"},
        **{"labels": classes(3), "adamw": TRAINER_ADAMW},
    ),
    "big_bird_tokcls": big_bird(
        "BigBirdForTokenClassification",
        {"num_labels": 5, "attention_type": "original_full"},
        **{"labels": token_classes(5), "adamw": PLAIN_ADAMW},
        note="attention_type original_full: no text is block-sparse",
    ),
    "big_bird_qa": big_bird(
        "BigBirdForQuestionAnswering",
        {},
        **{"types": 0, "labels": spans, "adamw": PLAIN_ADAMW},
        note="types of tokens follow from the first separator, and the question is masked; the last padded text has no separator",
    ),
}

if __name__ == "__main__":
    make_all(ROWS, 601)
