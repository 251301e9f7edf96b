"""Trains a Marian-shaped Transformer in PyTorch on batches another program made, and times its epochs.

The batches are JSON lines. The first line is {"vocab_size", "pad_token_id", "decoder_start_token_id"}; each other line is one
batch {"source": [[ids]], "target": [[ids]]}, ragged, end tokens included, start tokens not. Batches are taken in order, the same in
every epoch; `--accumulate` of them make an update. A line of JSON for each epoch goes to stdout; with `--serve N` it serves
protocol.py's requests instead, N updates an iteration.
"""

import protocol  # first: it starts the clock

import argparse
import json
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional as F

from transformer import EncoderDecoder, count_parameters
from tuned import ByteDropout, linear_cross_entropy


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("batches", help="JSON lines as above")
    parser.add_argument("--config", required=True, help="the checkpoint's config.json (model_type marian)")
    parser.add_argument("--tuned", action="store_true", help="loss in chunks over real rows only, dropout from random bytes")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--updates", type=int, help="end an epoch after so many")
    parser.add_argument("--serve", type=int, metavar="N", help="make N updates whenever asked")
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=5e-3)
    parser.add_argument("--warmup-steps", type=int, default=2000)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--dropout", type=float, help="instead of the config's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def configure(path, options):
    """The sizes in a Marian config.json under transformer.py's names."""
    config = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if config.get("model_type") != "marian" or config["encoder_ffn_dim"] != config["decoder_ffn_dim"]:
        raise SystemExit(f"{path}: expected model_type marian with one ffn width")
    if config["encoder_attention_heads"] != config["decoder_attention_heads"]:
        raise SystemExit(f"{path}: expected as many heads in the decoder as in the encoder")
    return {
        "vocab": config["vocab_size"],
        "width": config["d_model"],
        "ffn": config["encoder_ffn_dim"],
        "heads": config["encoder_attention_heads"],
        "encoder_layers": config["encoder_layers"],
        "decoder_layers": config["decoder_layers"],
        "positions": config["max_position_embeddings"],
        "activation": config["activation_function"],
        "scale_embedding": config.get("scale_embedding", False),
        "attention_dropout": config.get("attention_dropout", 0.0),
        "dropout": config["dropout"] if options.dropout is None else options.dropout,
        "eps": 1e-5,
        "make_dropout": ByteDropout if options.tuned else nn.Dropout,
    }


def pad(rows, value):
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)


def read_batches(path):
    """Padded tensors for each line: source, source_mask, decoder input, labels, rows of [B·T] that carry loss."""
    with open(path, encoding="utf-8") as file:
        head = json.loads(next(file))
        for line in file:
            batch = json.loads(line)
            source, labels = pad(batch["source"], head["pad_token_id"]), pad(batch["target"], -100)
            start = torch.full((len(labels), 1), head["decoder_start_token_id"])
            target = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] < 0, head["pad_token_id"])], 1)
            lengths = torch.tensor([len(row) for row in batch["source"]])
            mask = (torch.arange(source.shape[1]) < lengths[:, None])[:, None, None]
            yield source, mask, target, labels, (labels.flatten() >= 0).nonzero().squeeze(1)


def plain_loss(model, batch, smoothing):
    """Sum of label-smoothed cross-entropy over the real target tokens."""
    source, mask, target, labels, _ = batch
    logits = F.linear(model(source, target, mask), model.embedding.weight)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=smoothing, reduction="sum")


def tuned_loss(model, batch, smoothing):
    source, mask, target, labels, rows = batch
    y = model(source, target, mask).flatten(0, 1).index_select(0, rows)
    return linear_cross_entropy(y, model.embedding.weight, labels.flatten()[rows], smoothing)


def inverse_sqrt(warmup):
    return lambda step: min((step + 1) / warmup, (warmup / (step + 1)) ** 0.5)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    batches = list(read_batches(options.batches))
    model = EncoderDecoder(configure(options.config, options)).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, betas=(0.9, 0.98), eps=1e-9, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, inverse_sqrt(options.warmup_steps))
    loss_of = tuned_loss if options.tuned else plain_loss
    updates = [batches[at : at + options.accumulate] for at in range(0, len(batches), options.accumulate)][: options.updates]

    def train(updates):
        """Makes some updates; says how many real target tokens and how many places they had, and the sum of their losses."""
        total, tokens, places = 0.0, 0, 0
        for update in updates:
            count = sum(len(batch[4]) for batch in update)
            for batch in update:
                loss = loss_of(model, batch, options.label_smoothing) / count
                loss.backward()
                total += loss.item() * count
                places += batch[3].numel()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            tokens += count
        return {"total_loss": total, "target_tokens": tokens, "places": places}

    if options.serve:
        serve(updates, train, options, count_parameters(model))
        return
    for epoch in range(options.epochs):
        begin = time.perf_counter()
        done = train(updates)
        seconds, tokens = time.perf_counter() - begin, done["target_tokens"]
        report = {
            "epoch": epoch + 1,
            "seconds": round(seconds, 3),
            "updates": len(updates),
            "target_tokens": tokens,
            "target_tokens_per_second": round(tokens / seconds, 1),
            "padding_share": round(1 - tokens / done["places"], 4),
            "loss": round(done["total_loss"] / tokens, 5),
            "learning_rate": schedule.get_last_lr()[0],
            "parameters": count_parameters(model),
            "tuned": options.tuned,
        }
        protocol.say(report)


def serve(updates, train, options, parameters):
    at = 0

    def iteration(_request):
        nonlocal at
        part = [updates[(at + i) % len(updates)] for i in range(options.serve)]
        at += options.serve
        return train(part)

    protocol.serve(
        {"name": "epoch", "torch": torch.__version__, "updates": len(updates), "parameters": parameters, "tuned": options.tuned},
        iteration,
    )


if __name__ == "__main__":
    main()
