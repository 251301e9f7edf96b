"""Makes the `models/{bart,mbart,pegasus,marian}_*` folders that name transformers 5 in their cases.json, and
`loading/marian_4_more_rows`.

    pip install -r bench/python/requirements.txt
    python test/golden/make/bart_models.py test/golden/models
"""

import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file

from models import PLAIN_ADAMW, TRAINER_ADAMW, classes, make_all, numbers, spans
from write import flat, randomise, run, write_json, write_tensors

VOCABULARY, LANGUAGES = 64, (60, 61)
SIZES = {
    **{"vocab_size": VOCABULARY, "d_model": 24, "encoder_layers": 2, "decoder_layers": 1, "max_position_embeddings": 20},
    **{"encoder_attention_heads": 3, "decoder_attention_heads": 4, "encoder_ffn_dim": 20, "decoder_ffn_dim": 28},
}
BART = {"pad": 1, "end": 2, "least": 3}
PEGASUS = {"pad": 0, "end": 1, "least": 2}
MARIAN = {"pad": 63, "end": 0, "least": 1}
MARIAN_IDS = {"pad_token_id": 63, "decoder_start_token_id": 63, "eos_token_id": 0, "forced_eos_token_id": 0}
MARIAN_APART = {
    **{**MARIAN_IDS, "vocab_size": 70, "decoder_vocab_size": 64},
    **{"share_encoder_decoder_embeddings": False, "tie_word_embeddings": False},
}
BEAMS = {"num_beams": 4, "do_sample": False, "max_new_tokens": 12}
GENERATE = {
    "greedy": {"num_beams": 1, "do_sample": False, "max_new_tokens": 12},
    "beam4": BEAMS,
    "beam4_lp0.6_early": {**BEAMS, "length_penalty": 0.6, "early_stopping": True},
    "beam4_nbest3_ngram2": {**BEAMS, "num_return_sequences": 3, "no_repeat_ngram_size": 2},
}
MBART_GENERATE = {
    **GENERATE,
    "beam4_other_language": {**BEAMS, "decoder_start_token_id": LANGUAGES[0]},
    "beam4_language_after_end": {**BEAMS, "decoder_start_token_id": BART["end"], "forced_bos_token_id": LANGUAGES[1]},
}


def words(rows, time, ids, random):
    return torch.randint(ids["least"], LANGUAGES[0], (rows, time), generator=random)


def texts(lengths, ids, random, ends):
    """Rows of words of given lengths, `ends` last; and their mask."""
    time = max(lengths)
    found = words(len(lengths), time, ids, random)
    mask = (torch.arange(time) < torch.tensor(lengths)[:, None]).long()
    for row, length in enumerate(lengths):
        found[row, length - len(ends[row]) : length] = torch.tensor(ends[row])
    return found.masked_fill(mask == 0, ids["pad"]), mask


def ends_of(row, languages):
    """What texts end with: the end token, and for mBART the language of the text."""
    end = row["text"]["end"]
    return [[end, language] if row.get("languages") else [end] for language in languages]


def labels_of(found, mask):
    return found.masked_fill(mask == 0, -100)


def pairs(row, random):
    """Sources with targets, of several lengths; targets whose padding is no label; decoder inputs instead of labels."""
    ids = row["text"]
    source, mask = texts([10, 7, 4], ids, random, ends_of(row, [60, 60, 60]))
    target, target_mask = texts([8, 9, 5], ids, random, ends_of(row, [61, 60, 61]))
    whole, _ = texts([8, 8], ids, random, ends_of(row, [60, 61]))
    padded, _ = texts([9, 7], ids, random, ends_of(row, [61, 61]))
    read = torch.cat([torch.full((3, 1), ids["end"]), target[:, :-1]], dim=1)
    return {
        "padded": {"input_ids": source, "attention_mask": mask, "labels": labels_of(target, target_mask)},
        "full": {"input_ids": whole, "labels": padded},
        "decoder_inputs": {
            **{"input_ids": source, "attention_mask": mask},
            **{"decoder_input_ids": read, "decoder_attention_mask": target_mask},
        },
    }


def read_twice(row, random):
    """Texts that the decoder reads too, or other inputs of the decoder, as many tokens for a classifier."""
    ids, labels = row["text"], row.get("labels", lambda *_: {})
    source, mask = texts([10, 7, 4], ids, random, ends_of(row, [60, 61, 60]))
    two = words(2, 9, ids, random)
    for at in (0, 4, 8):
        two[:, at] = ids["end"]
    other, other_mask = texts([10, 6, 9], ids, random, ends_of(row, [61, 61, 60]))
    found = {
        "padded": {"input_ids": source, "attention_mask": mask, **labels(3, 10, VOCABULARY, random)},
        "full": {"input_ids": two, **labels(2, 9, VOCABULARY, random)},
        "decoder_inputs": {
            **{"input_ids": source, "attention_mask": mask},
            **{"decoder_input_ids": other, "decoder_attention_mask": other_mask},
        },
    }
    return {"decoder_inputs": found["decoder_inputs"]} if row.get("needs_decoder_inputs") else found


def learn(row):
    """Learns to write the source backwards, every word as the next one, so that what it generates is not degenerate."""

    def learned(model, random):
        ids = row["text"]
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=3e-3)
        for _ in range(200):
            ends = ends_of(row, [60] * 16)
            source, mask = texts([7] * 16, ids, random, ends)
            count = len(ends[0])
            target = torch.cat([source[:, :-count].flip(1), source[:, -count:]], dim=1)
            if row.get("languages"):
                target[:, -1] = 61
            loss = model(input_ids=source, attention_mask=mask, labels=target).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print("learned", loss.item())

    return learned


def writer(kind, text, config, **row):
    made = {"class": kind, "config": {**SIZES, **config}, "text": text, "inputs": pairs, "labels": None, **row}
    return {**made, "learn": learn(made)}


def reader(kind, text, config, **row):
    return {"class": kind, "config": {**SIZES, **config}, "text": text, "inputs": read_twice, **row}


ROWS = {
    "bart_model": reader("BartModel", BART, {"scale_embedding": True}),
    "bart_seqcls": reader(
        "BartForSequenceClassification",
        BART,
        {"num_labels": 4, "classifier_dropout": 0.2},
        labels=classes(4),
        adamw=TRAINER_ADAMW,
        note="the case full has three end tokens in every text; the last one counts",
    ),
    "bart_regression": reader("BartForSequenceClassification", BART, {"num_labels": 1}, labels=numbers()),
    "bart_qa": reader("BartForQuestionAnswering", BART, {}, labels=spans, adamw=PLAIN_ADAMW),
    "mbart_model": reader("MBartModel", BART, {}, languages=True),
    "mbart_lm": writer(
        "MBartForConditionalGeneration",
        BART,
        {"decoder_start_token_id": 61, "scale_embedding": True, "activation_function": "relu"},
        languages=True,
        adamw=TRAINER_ADAMW,
        generate=MBART_GENERATE,
        note="targets end with one of two languages, which the decoder reads first",
    ),
    "mbart_seqcls": reader(
        "MBartForSequenceClassification",
        BART,
        {"num_labels": 3},
        languages=True,
        labels=classes(3),
        adamw=PLAIN_ADAMW,
    ),
    "mbart_qa": reader("MBartForQuestionAnswering", BART, {}, languages=True, labels=spans),
    "pegasus_model": reader("PegasusModel", PEGASUS, {}, needs_decoder_inputs=True),
    "pegasus_lm": writer(
        "PegasusForConditionalGeneration",
        PEGASUS,
        {"scale_embedding": True},
        adamw=TRAINER_ADAMW,
        generate=GENERATE,
        note="sinusoids are in the file and are not trained",
    ),
    "marian_model": reader(
        "MarianModel",
        MARIAN,
        MARIAN_APART,
        needs_decoder_inputs=True,
        note="each side has a table of its own",
    ),
}


def make_layout(root):
    """Transformers 4 gives the decoder a table with a row for every id of the source; only those of the target are read."""
    folder = root / "marian_4_more_rows"
    shutil.rmtree(folder, ignore_errors=True)
    random = torch.Generator().manual_seed(651)
    kind = transformers.MarianMTModel
    randomise(kind(kind.config_class(**SIZES | MARIAN_APART)), random).save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    source, mask = texts([8, 5], MARIAN, random, [[0], [0]])
    read, _ = texts([6, 6], MARIAN, random, [[0], [0]])
    inputs = {"input_ids": source, "attention_mask": mask, "decoder_input_ids": read}
    with torch.no_grad():
        outputs = flat(run(model, inputs))
    outputs = {key: tensor for key, tensor in outputs.items() if key == "logits" or "hidden_states" in key}
    tensors = load_file(folder / "model.safetensors")
    name = "model.decoder.embed_tokens.weight"
    tensors[name] = torch.cat([tensors[name], torch.randn(6, SIZES["d_model"], generator=random)])
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    said = {"note": f"{name} has {len(tensors[name])} rows, decoder_vocab_size is {model.config.decoder_vocab_size}"}
    said |= {"model_class": "MarianMTModel", "reference": f"transformers {transformers.__version__}"}
    said |= {"inputs": {key: tensor.tolist() for key, tensor in inputs.items()}, "outputs": [f"out/{key}" for key in outputs]}
    write_json(folder / "expected.json", said)
    named = {f"in/{key}": tensor for key, tensor in inputs.items()} | {f"out/{key}": tensor for key, tensor in outputs.items()}
    write_tensors(folder / "expected.safetensors", named)


if __name__ == "__main__":
    make_all(ROWS, 561)
    make_layout(pathlib.Path(sys.argv[1]).parent / "loading")
