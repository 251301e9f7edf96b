"""Makes the `models/{roberta,xlm_roberta,distilbert}_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/roberta_models.py test/golden/models
"""

import torch

from models import PLAIN_ADAMW, ROBERTA_TEXT, TRAINER_ADAMW, classes, make_all, masked, numbers, spans, token_classes

ROBERTA = {
    **{"vocab_size": 67, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40},
    **{"max_position_embeddings": 22, "type_vocab_size": 2, "layer_norm_eps": 1e-5},
}
DISTILBERT = {
    **{"vocab_size": 67, "dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40},
    **{"max_position_embeddings": 20},
}
LABELS = "num_labels"


def pad_and_mask_differ(*, labels):
    """Token 1, the padding, within a text, and tokens of a text that the mask hides."""
    ids = torch.tensor([[0, 9, 1, 12, 31, 2, 1, 1], [0, 17, 40, 8, 8, 55, 23, 2]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 0, 1, 1, 1, 0, 1]])
    types = torch.tensor([[0, 0, 0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]])
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    return {"pad_and_mask_differ": {**inputs, **labels}}


def roberta(kind, config, **row):
    labels = {name: torch.tensor(values) for name, values in row.pop("pad_labels", {}).items()}
    more = pad_and_mask_differ(labels=labels)
    return {"class": kind, "config": {**ROBERTA, **config}, "text": ROBERTA_TEXT, "types": 2, "more": more, **row}


def distilbert(kind, config, **row):
    return {"class": kind, "config": {**DISTILBERT, **config}, **row}


ROWS = {
    "roberta_model": roberta("RobertaModel", {}, tables=0.01, note="type_vocab_size 2, and a pooler"),
    "roberta_mlm_untied": roberta(
        "RobertaForMaskedLM",
        {"tie_word_embeddings": False, "hidden_act": "relu"},
        labels=masked,
        adamw=TRAINER_ADAMW,
        pad_labels={"labels": [[-100, 9, 1, 12, -100, 2, -100, -100], [-100, 17, 40, -100, 8, 55, 23, -100]]},
        note="hidden_act acts in the blocks and not in the head; nothing is tied",
    ),
    "roberta_seqcls": roberta(
        "RobertaForSequenceClassification",
        {LABELS: 3, "classifier_dropout": 0.2, "hidden_act": "gelu_new"},
        labels=classes(3),
        adamw=TRAINER_ADAMW,
        pad_labels={"labels": [2, 0]},
    ),
    "roberta_qa": roberta(
        "RobertaForQuestionAnswering",
        {},
        labels=spans,
        pad_labels={"start_positions": [1, 4], "end_positions": [4, 6]},
    ),
    "xlm_roberta_mlm": roberta(
        "XLMRobertaForMaskedLM",
        {},
        labels=masked,
        pad_labels={"labels": [[0, 9, -100, -100, 31, -100, -100, -100], [-100, 17, 40, 8, -100, -100, 23, -100]]},
    ),
    "xlm_roberta_tokcls": roberta(
        "XLMRobertaForTokenClassification",
        {LABELS: 5, "type_vocab_size": 1},
        labels=token_classes(5),
        adamw=TRAINER_ADAMW,
        types=1,
        more={},
    ),
    "xlm_roberta_seqcls": roberta("XLMRobertaForSequenceClassification", {LABELS: 1}, labels=numbers(), more={}),
    "distilbert_model": distilbert("DistilBertModel", {"activation": "gelu_new"}, tables=1e-3, note="eps is 1e-12"),
    "distilbert_mlm": distilbert(
        "DistilBertForMaskedLM",
        {"activation": "relu", "sinusoidal_pos_embds": True},
        labels=masked,
        adamw=TRAINER_ADAMW,
        note="activation acts in the blocks and in the head; positions are trained although they began as sinusoids",
    ),
    "distilbert_mlm_untied": distilbert("DistilBertForMaskedLM", {"tie_word_embeddings": False}, labels=masked),
    "distilbert_tokcls": distilbert("DistilBertForTokenClassification", {LABELS: 5}, labels=token_classes(5), adamw=PLAIN_ADAMW),
    "distilbert_qa": distilbert("DistilBertForQuestionAnswering", {"qa_dropout": 0.3}, labels=spans, adamw=TRAINER_ADAMW),
}

if __name__ == "__main__":
    make_all(ROWS, 521)
