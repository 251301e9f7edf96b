"""Makes the `models/{electra,albert}_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/electra_models.py test/golden/models
"""

import torch

from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, masked, next_sentence, spans, token_classes

# The proportions of ELECTRA small, which Korean checkpoints have.
ELECTRA = {
    **{"vocab_size": 67, "embedding_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    **{"intermediate_size": 48, "max_position_embeddings": 20},
}
AS_WIDE = {"embedding_size": 24, "hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40}
ALBERT = {
    **{"vocab_size": 67, "embedding_size": 12, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3},
    **{"intermediate_size": 40, "max_position_embeddings": 20},
}
GROUPS = {"num_hidden_layers": 4, "num_hidden_groups": 2, "inner_group_num": 2}
LABELS = "num_labels"


def replaced(rows, time, vocabulary, random):
    return {"labels": torch.randint(0, 2, (rows, time), generator=random)}


def holes():
    """The mask hides tokens within a text, and labels there and at padding are none."""
    ids = torch.tensor([[2, 9, 33, 12, 31, 3, 0, 0], [2, 17, 40, 8, 8, 55, 23, 3]])
    mask = torch.tensor([[1, 1, 0, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1, 1, 1]])
    labels = torch.tensor([[0, 1, -100, 1, 0, 0, -100, -100], [0, 0, 1, -100, -100, 1, 1, 0]])
    return {"holes": {"input_ids": ids, "attention_mask": mask, "labels": labels}}


def both(rows, time, vocabulary, random):
    order = next_sentence(rows, time, vocabulary, random)["labels"]
    return {**masked(rows, time, vocabulary, random), "sentence_order_label": order}


def electra(kind, config, **row):
    return {"class": kind, "config": {**ELECTRA, **config}, "types": 2, **row}


def albert(kind, config, **row):
    return {"class": kind, "config": {**ALBERT, **config}, "types": 2, **row}


ROWS = {
    "electra_model": electra("ElectraModel", {**AS_WIDE, "type_vocab_size": 3}, types=3, note="no embeddings_project"),
    "electra_detector": electra(
        "ElectraForPreTraining",
        {"hidden_act": "relu", **AS_WIDE},
        **{"labels": replaced, "adamw": TRAINER_ADAMW, "more": holes()},
        note="hidden_act acts in discriminator_predictions too",
    ),
    "electra_mlm": electra(
        "ElectraForMaskedLM",
        {"hidden_act": "relu"},
        **{"labels": masked, "adamw": TRAINER_ADAMW},
        note="hidden_act acts in the blocks and not in generator_predictions; the bias of generator_lm_head is its own",
    ),
    "electra_mlm_untied": electra(
        "ElectraForMaskedLM",
        {"tie_word_embeddings": False, "layer_norm_eps": 0.01},
        **{"labels": masked, "adamw": PLAIN_ADAMW},
    ),
    "electra_seqcls": electra(
        "ElectraForSequenceClassification",
        {LABELS: 3, "classifier_dropout": 0.2, "hidden_act": "relu"},
        **{"labels": classes(3), "adamw": TRAINER_ADAMW},
        note="hidden_act acts in the blocks and not in the classifier",
    ),
    "electra_tokcls": electra("ElectraForTokenClassification", {LABELS: 5, **AS_WIDE}, labels=token_classes(5)),
    "electra_qa": electra("ElectraForQuestionAnswering", AS_WIDE, labels=spans, adamw=PLAIN_ADAMW),
    "albert_model": albert("AlbertModel", {"type_vocab_size": 3}, types=3, note="one block, applied twice"),
    "albert_pretraining": albert(
        "AlbertForPreTraining",
        GROUPS,
        **{"labels": both, "adamw": TRAINER_ADAMW},
        note="two groups of two blocks, each applied twice; states and attentions of all eight applications",
    ),
    "albert_pretraining_wide": albert(
        "AlbertForPreTraining",
        {LABELS: 3},
        note="sop_logits are as wide as num_labels; there is no loss then",
    ),
    "albert_mlm": albert(
        "AlbertForMaskedLM",
        {"num_hidden_layers": 3, "num_hidden_groups": 2, "hidden_act": "relu"},
        **{"labels": masked, "adamw": PLAIN_ADAMW},
        note="the first group is applied twice, the second once",
    ),
    "albert_mlm_untied": albert(
        "AlbertForMaskedLM",
        {"tie_word_embeddings": False, "layer_norm_eps": 0.01},
        **{"labels": masked, "adamw": TRAINER_ADAMW},
        note="nothing is tied: decoder.bias acts, predictions.bias is in the file and is never read",
    ),
    "albert_seqcls": albert(
        "AlbertForSequenceClassification",
        {LABELS: 3, "classifier_dropout_prob": 0.2},
        **{"labels": classes(3), "adamw": TRAINER_ADAMW},
    ),
    "albert_tokcls": albert(
        "AlbertForTokenClassification",
        {LABELS: 5, "embedding_size": 24},
        labels=token_classes(5),
        note="a layer maps the embeddings even if they are as wide as the blocks",
    ),
    "albert_qa": albert("AlbertForQuestionAnswering", {"inner_group_num": 2}, labels=spans, adamw=PLAIN_ADAMW),
}

if __name__ == "__main__":
    make_all(ROWS, 561)
