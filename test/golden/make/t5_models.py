"""Makes the `models/t5_*` folders that name transformers 5 in their cases.json.

    pip install -r bench/python/requirements.txt
    python test/golden/make/t5_models.py test/golden/models
"""

import torch

from bart_models import GENERATE, VOCABULARY, learn, pairs, read_twice, texts
from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, spans, token_classes

TEXT = {"pad": 0, "end": 1, "least": 2}
SIZES = {
    **{"vocab_size": VOCABULARY, "d_model": 24, "d_kv": 6, "d_ff": 20, "num_heads": 3, "num_layers": 2, "num_decoder_layers": 1},
    **{"relative_attention_num_buckets": 8, "relative_attention_max_distance": 6, "decoder_start_token_id": 0},
}
GATED = {"feed_forward_proj": "gated-gelu", "num_layers": 1, "num_decoder_layers": 2}


def encoded(row, random):
    """Texts of several lengths, with padding on either side, and without."""
    labels = row.get("labels", lambda *_: {})
    source, mask = texts([10, 7, 4], TEXT, random, [[1]] * 3)
    full, _ = texts([9, 9], TEXT, random, [[1]] * 2)
    return {
        "padded": {"input_ids": source, "attention_mask": mask, **labels(3, 10, VOCABULARY, random)},
        "full": {"input_ids": full, **labels(2, 9, VOCABULARY, random)},
        "left_padded": {"input_ids": source.flip(1), "attention_mask": mask.flip(1)},
    }


def apart(model, random):
    """An output layer that is not the table, whatever the configuration says."""
    model.lm_head.weight = torch.nn.Parameter(0.2 * torch.randn(model.lm_head.weight.shape, generator=random))


def row(kind, inputs, config=None, **more):
    return {"class": kind, "config": {**SIZES, **(config or {})}, "text": TEXT, "inputs": inputs, **more}


ROWS = {
    "t5_encoder": row("T5EncoderModel", encoded, {"num_layers": 3}),
    "t5_model": row("T5Model", read_twice, GATED, needs_decoder_inputs=True),
    "t5_seqcls": row(
        "T5ForSequenceClassification",
        read_twice,
        {"num_labels": 4, "classifier_dropout": 0.2},
        labels=classes(4),
        adamw=TRAINER_ADAMW,
        note="the decoder reads the source after the start token; the case full has three end tokens in every text, of which the last counts",
    ),
    "t5_tokcls": row("T5ForTokenClassification", encoded, {**GATED, "num_labels": 5}, labels=token_classes(5), adamw=TRAINER_ADAMW),
    "t5_qa": row("T5ForQuestionAnswering", read_twice, GATED, labels=spans, adamw=PLAIN_ADAMW),
    "t5_apart_scaled": row(
        "T5ForConditionalGeneration",
        pairs,
        {"feed_forward_proj": "gated-silu", "decoder_start_token_id": 3},
        labels=None,
        learn=apart,
        adamw=PLAIN_ADAMW,
        note="config.json says that the output layer is tied, and the file holds another: it is apart, and reads scaled vectors",
    ),
    "t5_tied_unscaled": row(
        "T5ForConditionalGeneration",
        pairs,
        {"tie_word_embeddings": False, "feed_forward_proj": "gelu", "layer_norm_epsilon": 1e-2},
        labels=None,
        learn=learn({"text": TEXT}),
        adamw=TRAINER_ADAMW,
        generate=GENERATE,
        note="made with tie_word_embeddings false, and the file holds no output layer: it is tied, and reads vectors that are not scaled",
    ),
}

if __name__ == "__main__":
    make_all(ROWS, 701)
