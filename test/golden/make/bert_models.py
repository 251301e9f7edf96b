"""Makes the `models/bert_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/bert_models.py test/golden/models
"""

from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, masked, next_sentence, numbers, several, spans

SIZES = {
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 56,
    "max_position_embeddings": 40,
}
LABELS = "num_labels"
ROWS = {
    "bert_model": {"class": "BertModel", "config": {"type_vocab_size": 3}},
    "bert_qa": {"class": "BertForQuestionAnswering", "labels": spans, "adamw": PLAIN_ADAMW},
    "bert_multilabel": {
        "class": "BertForSequenceClassification",
        "config": {LABELS: 4, "problem_type": "multi_label_classification", "classifier_dropout": 0.2},
        **{"labels": several(4), "adamw": TRAINER_ADAMW},
    },
    "bert_regression": {
        "class": "BertForSequenceClassification",
        "config": {LABELS: 1, "hidden_act": "gelu_new"},
        **{"labels": numbers(), "adamw": TRAINER_ADAMW},
        "note": "one label and no problem_type: Transformers takes it for regression",
    },
    "bert_regression_several": {
        "class": "BertForSequenceClassification",
        "config": {LABELS: 3, "problem_type": "regression", "layer_norm_eps": 1e-6},
        **{"labels": numbers(3), "adamw": PLAIN_ADAMW},
    },
    "bert_nsp": {"class": "BertForNextSentencePrediction", "labels": next_sentence, "adamw": TRAINER_ADAMW},
    "bert_mlm_untied": {
        "class": "BertForMaskedLM",
        "config": {"tie_word_embeddings": False, "hidden_act": "relu"},
        **{"labels": masked, "adamw": TRAINER_ADAMW},
        "note": "nothing is tied: decoder.bias acts, predictions.bias is in the file and is never read",
    },
}

if __name__ == "__main__":
    models = {
        name: {**row, "config": {**SIZES, **row.get("config", {})}, "types": row.get("config", {}).get("type_vocab_size", 2)}
        for name, row in ROWS.items()
    }
    make_all(models, 501)
