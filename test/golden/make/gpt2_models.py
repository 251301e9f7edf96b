"""Makes the `models/gpt2_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/gpt2_models.py test/golden/models
"""

import torch

from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, numbers, spans, token_classes

VOCABULARY, END, PAD = 61, 60, 7
# As in the published files, one token starts and ends texts.
SIZES = {
    **{"vocab_size": VOCABULARY, "n_positions": 18, "n_embd": 24, "n_layer": 2, "n_head": 3},
    **{"bos_token_id": END, "eos_token_id": END},
}
INVERSE = {"scale_attn_by_inverse_layer_idx": True, "n_inner": 20, "activation_function": "relu"}
TEXT_ONLY = "compare only where attention_mask==1: rows that may attend to nothing are implementation-defined"


def texts(row, random):
    """Texts that end with the end token, padded on either side, and without padding; types are rows of the tokens' table. Padding has no
    labels of tokens."""
    labels = row.get("labels", lambda *_: {})
    padding = row["config"].get("pad_token_id", END)
    lengths = torch.tensor([11, 7, 3, 10])
    mask = (torch.arange(11) < lengths[:, None]).long()
    ids = torch.randint(8, END, (4, 11), generator=random)
    ids[torch.arange(4), lengths - 1] = END
    ids = ids.masked_fill(mask == 0, padding)
    full = torch.randint(8, END, (2, 9), generator=random)
    types = torch.randint(0, 4, (2, 9), generator=random)
    padded = {"input_ids": ids, "attention_mask": mask, **labels(4, 11, VOCABULARY, random)}
    if "labels" in padded and padded["labels"].shape == ids.shape:
        padded["labels"] = padded["labels"].masked_fill(mask == 0, -100)
    left, left_mask = ids.flip(1), mask.flip(1)
    positions = (left_mask.cumsum(-1) - 1).clamp(min=0)
    return {
        "padded": padded,
        "full": {"input_ids": full, **labels(2, 9, VOCABULARY, random)},
        "typed": {"input_ids": full, "token_type_ids": types},
        "left_padded": {"input_ids": left, "attention_mask": left_mask, "position_ids": positions},
        "one_token": {"input_ids": torch.tensor([[END]])},
    }


def written(rows, time, vocabulary, random):
    labels = torch.randint(0, vocabulary, (rows, time), generator=random)
    return {"labels": labels.masked_fill(torch.rand(rows, time, generator=random) > 0.7, -100)}


def next_token_loss(logits, labels, **_):
    """ForCausalLMLoss without its cast to float32."""
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())


def gpt2(kind, config, **row):
    notes = {"left_padded": TEXT_ONLY}
    return {"class": f"GPT2{kind}", "config": {**SIZES, **config}, "inputs": texts, "case_notes": notes, **row}


ROWS = {
    "gpt2_model": gpt2("Model", {**INVERSE, "layer_norm_epsilon": 1e-2}),
    "gpt2_lm_untied": gpt2(
        "LMHeadModel",
        {**INVERSE, "scale_attn_weights": False, "tie_word_embeddings": False},
        **{"labels": written, "adamw": TRAINER_ADAMW, "exact_loss": next_token_loss},
        note="scores are divided by the number of the layer only",
    ),
    "gpt2_seqcls": gpt2(
        "ForSequenceClassification",
        {"num_labels": 3, "pad_token_id": PAD},
        **{"labels": classes(3), "adamw": TRAINER_ADAMW},
    ),
    "gpt2_seqcls_end": gpt2(
        "ForSequenceClassification",
        {"num_labels": 1, "pad_token_id": END, **INVERSE},
        **{"labels": numbers(), "adamw": PLAIN_ADAMW},
        note="texts are padded with the end token: the token before it is read, in texts of any length",
    ),
    "gpt2_tokcls": gpt2("ForTokenClassification", {"num_labels": 5}, labels=token_classes(5), adamw=TRAINER_ADAMW),
    "gpt2_qa": gpt2("ForQuestionAnswering", {"pad_token_id": PAD}, labels=spans, adamw=PLAIN_ADAMW),
}

if __name__ == "__main__":
    make_all(ROWS, 841)
