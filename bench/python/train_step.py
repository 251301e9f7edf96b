"""Times a training step of PyTorch on the CPU: forward, loss, backward, Adam. Serves protocol.py's requests."""

import protocol  # first: it starts the clock

import argparse
import importlib

import torch
from torch import nn
from torch.nn import functional as F

from transformer import Encoder, EncoderDecoder, count_parameters
from tuned import ByteDropout, linear_cross_entropy

MARIAN = {"activation": "relu", "eps": 1e-5, "scale_embedding": True, "positions": 512, "smoothing": 0.1}
BERT = {"activation": "gelu", "eps": 1e-12, "positions": 512, "smoothing": 0.0}
MODELS = {
    "tiny": {**MARIAN, "encoder_layers": 4, "decoder_layers": 4, "width": 128, "ffn": 256, "heads": 4, "batch": 128, "time": 32},
    "small": {**MARIAN, "encoder_layers": 3, "decoder_layers": 3, "width": 256, "ffn": 1024, "heads": 4, "batch": 64, "time": 32},
    "bert": {**BERT, "encoder_layers": 2, "decoder_layers": 0, "width": 768, "ffn": 3072, "heads": 12, "batch": 8, "time": 128},
    "rnn": {"module": "recurrent", "enters_cell": True},
    "rnn-luong": {"module": "recurrent", "enters_cell": False},
    "bilstm-crf": {"module": "tagger"},
}
MODES = ["eager", "compile", "bf16", "bf16-compile", "tuned"]
POOL = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--mode", choices=MODES, default="eager")
    parser.add_argument("--dropout", type=float, default=0.1, help="of embeddings and sub-layer outputs")
    parser.add_argument("--attention-dropout", type=float, default=0.0, help="of attention weights")
    parser.add_argument("--heads", type=int, help="instead of the model's own number")
    parser.add_argument("--batch", type=int, help="instead of the model's own number of rows")
    parser.add_argument("--time", type=int, help="instead of the model's own length, source and target")
    parser.add_argument("--vocab", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the hello line; compiling happens there")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if "module" in MODELS[options.model] and options.mode != "eager":
        parser.error(f"--mode: {options.model} has eager alone, got {options.mode}")
    return options


def configure(options):
    """The model's own numbers and what the call says; a recurrent model's sizes stand in its module."""
    config = dict(MODELS[options.model])
    if "module" in config:
        return {**config, "dropout": options.dropout}
    for name in ("heads", "batch", "time"):
        config[name] = getattr(options, name) or config[name]
    return {
        **config,
        "vocab": options.vocab,
        "dropout": options.dropout,
        "attention_dropout": options.attention_dropout,
        "make_dropout": ByteDropout if options.mode == "tuned" else nn.Dropout,
    }


def batches(config):
    """A few batches of random ids without padding; every target row carries loss."""
    shape = (POOL, config["batch"], config["time"])
    labels = torch.randint(1, config["vocab"] - 1, shape)
    source = torch.randint(1, config["vocab"] - 1, shape)
    if not config["decoder_layers"]:
        return [((ids,), label) for ids, label in zip(source, labels)]
    start = torch.full((POOL, config["batch"], 1), config["vocab"] - 1)
    target = torch.cat([start, labels[:, :, :-1]], 2)
    return [((s, t), label) for s, t, label in zip(source, target, labels)]


def build(config, options):
    """Model, loss of a batch, batches, tokens of a batch."""
    if "module" in config:
        return importlib.import_module(config["module"]).build(config, POOL)
    model = EncoderDecoder(config) if config["decoder_layers"] else Encoder(config)
    return model, make_loss(model, config, options.mode), batches(config), config["batch"] * config["time"]


def make_loss(model, config, mode):
    """Mean loss of a batch. Logits are y·Eᵀ with the embedding matrix."""

    def plain(inputs, labels):
        logits = F.linear(model(*inputs), model.embedding.weight)
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=config["smoothing"])

    def tuned(inputs, labels):
        y = model(*inputs).flatten(0, 1)
        total = linear_cross_entropy(y, model.embedding.weight, labels.flatten(), config["smoothing"])
        return total / labels.numel()

    if mode == "tuned":
        return tuned
    return torch.compile(plain, dynamic=False, fullgraph=True) if mode.endswith("compile") else plain


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    config = configure(options)
    baseline = protocol.peak_rss_mb()
    model, loss_of, pool, tokens = build(config, options)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9, fused=True)
    done = 0

    def step(_request):
        nonlocal done
        inputs, labels = pool[done % POOL]
        done += 1
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.mode.startswith("bf16")):
            loss = loss_of(inputs, labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return {"loss": loss.item()}

    first_step_ms = None
    for _ in range(options.warmup):
        step(None)
        first_step_ms = first_step_ms or protocol.since_start_ms()

    protocol.serve(
        {
            "name": f"train-{options.model}",
            "mode": options.mode,
            "parameters": count_parameters(model),
            "tokens": tokens,
            "config": {k: v for k, v in config.items() if k != "make_dropout"},
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "baseline_rss_mb": baseline,
            "first_step_ms": first_step_ms,
        },
        step,
    )


if __name__ == "__main__":
    main()
