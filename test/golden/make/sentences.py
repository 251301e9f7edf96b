"""Makes `sentences/encoder`, a folder of sentence-transformers with its vectors and losses, and `sentences/nli` with zero-shot results.

    pip install -r bench/python/requirements.txt
    python test/golden/make/sentences.py test/golden/sentences

Tiny random models with a WordPiece tokenizer of made-up words.
"""

import pathlib
import shutil
import sys

import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer, pipeline

from write import described, randomise, write_json, write_tensors

WORDS = "the a cat dog sits runs on under mat moon weather is lovely cold today this example about sports money 개 가 달린다".split()
SIZES = {
    **{"vocab_size": len(WORDS) + 6, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2},
    **{"intermediate_size": 24, "max_position_embeddings": 20},
}
TEXTS = ["the cat sits on the mat", "a dog", "개 가 달린다", "the weather is lovely today", "cold", "", "the cat sits on the mat " * 5]
PAIRS = [("the cat sits", "a cat on a mat"), ("the dog runs", "개 가 달린다"), ("the weather is cold", "today is cold"), ("the moon", "a moon")]
LABELS = [0, 1, 0, 2]
MODES = ["mean", "cls", "max", "lasttoken"]
SEQUENCES = ["the dog runs under the moon", "the weather is lovely today"]
CANDIDATES = ["sports", "money", "weather"]


def tokenizer():
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."] + WORDS
    return BertTokenizer(vocab={word: at for at, word in enumerate(vocab)}, do_lower_case=True, strip_accents=False, model_max_length=20)


def save(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def vectors(folder):
    """The vector of every text with each pooling, and of every token."""
    transformer = Transformer(str(folder))
    found = {}
    for mode in MODES:
        model = SentenceTransformer(modules=[transformer, Pooling(SIZES["hidden_size"], mode)], device="cpu")
        found[mode] = model.encode(TEXTS, convert_to_tensor=True)
    normed = SentenceTransformer(modules=[transformer, Pooling(SIZES["hidden_size"], "mean"), Normalize()], device="cpu")
    found["mean_normalized"] = normed.encode(TEXTS, convert_to_tensor=True)
    found["none"] = torch.nn.utils.rnn.pad_sequence(normed.encode(TEXTS, output_value="token_embeddings"), batch_first=True)
    return normed, found


def with_labels(scores, labels):
    """The loss when the texts of other pairs with the same label are not negatives."""
    same = labels[:, None] == labels[None, :]
    same.fill_diagonal_(False)
    return torch.nn.functional.cross_entropy(scores.masked_fill(same, float("-inf")), torch.arange(len(labels)))


def contrastive(model, folder):
    """Losses and gradients of the pairs, without dropout."""
    sides = [model.preprocess([pair[side] for pair in PAIRS]) for side in (0, 1)]
    embedded = lambda: [model(dict(features))["sentence_embedding"] for features in sides]
    forward = losses.MultipleNegativesRankingLoss(model)
    both = losses.MultipleNegativesRankingLoss(model, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction")
    scores = lambda: 20 * embedded()[0] @ embedded()[1].T
    cases = {
        "ranking": lambda: forward.compute_loss_from_embeddings(embedded(), None),
        "symmetric": lambda: both.compute_loss_from_embeddings(embedded(), None),
        "labelled": lambda: with_labels(scores(), torch.tensor(LABELS)),
    }
    said, tensors = {}, {}
    for name, loss_of in cases.items():
        model.zero_grad()
        loss = loss_of()
        loss.backward()
        said[name] = loss.item()
        bert = model[0].auto_model
        tensors |= {f"{name}/grad/{key}": p.grad for key, p in bert.named_parameters() if p.grad is not None}
    return said, tensors


def make_encoder(folder, random):
    save(randomise(BertModel(BertConfig(**SIZES)), random), folder)
    model, found = vectors(folder)
    model.eval()
    loss, tensors = contrastive(model, folder)
    model.save(str(folder))
    (folder / "README.md").unlink()
    summary = {"reference": f"sentence-transformers {sentence_transformers.__version__}, transformers {transformers.__version__}, torch {torch.__version__}"}
    summary |= {"texts": TEXTS, "pairs": PAIRS, "labels": LABELS, "scale": 20, "loss": loss}
    write_tensors(folder / "cases.safetensors", {f"vectors/{key}": tensor for key, tensor in found.items()} | tensors)
    write_json(folder / "cases.json", summary)
    print(loss)


def make_nli(folder, random):
    labels = ["CONTRADICTION", "Neutral", "Entailment"]
    config = BertConfig(**SIZES, id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)})
    model = randomise(BertForSequenceClassification(config), random)
    model.classifier.weight.data *= 8
    save(model, folder)
    classify = pipeline("zero-shot-classification", str(folder), tokenizer=tokenizer())
    calls = [
        {},
        {"multi_label": True},
        {"hypothesis_template": "this is about {}"},
        {"candidate_labels": ["money"]},
        {"sequences": " ".join(SEQUENCES * 4), "hypothesis_template": "about {}"},
    ]
    cases = []
    for call in calls:
        whole = {"sequences": SEQUENCES, "candidate_labels": CANDIDATES, **call}
        cases.append({"call": whole, "result": classify(**whole)})
    write_json(folder / "cases.json", {"reference": f"transformers {transformers.__version__}, torch {torch.__version__}", "cases": cases})
    print(cases)


if __name__ == "__main__":
    torch.set_num_threads(1)
    root = pathlib.Path(sys.argv[1])
    make_encoder(root / "encoder", torch.Generator().manual_seed(901))
    make_nli(root / "nli", torch.Generator().manual_seed(902))
