"""Times the fine-tuning of a BERT on labelled lines. Serves protocol.py's requests.

Engines: `trainer` is Transformers' Trainer with its own defaults; `loop` does the same work in a plain loop, without the Trainer; `step`
repeats one batch of `--batch` rows of `--time` random ids, all of them real. An iteration is `--serve N` updates; its reply has
the `sentences`, the `places` (padding included), and `total_loss`, the sum of the N losses.
"""

import protocol  # first: it starts the clock

import argparse
import pathlib
import queue
import tempfile
import threading

import torch
import transformers
from torch.nn.utils import clip_grad_norm_
from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments

from text_data import encode, load_classifier, read_lines
from transformer import count_parameters

EPOCHS = 1000  # more than are ever asked for
SAMPLING = {"random": "random", "grouped": "group_by_length"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a BERT: config.json, model.safetensors, tokenizer.json")
    parser.add_argument("--data", type=pathlib.Path, help="lines of a text, a tab and a label, perhaps .gz; step needs none")
    parser.add_argument("--engine", choices=["trainer", "loop", "step"], default="trainer")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--sampling", choices=SAMPLING, default="random", help="grouped: sentences of like length together")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--time", type=int, default=64, help="tokens of each row of the engine step")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--serve", type=int, default=5, metavar="N", help="updates of an iteration")
    parser.add_argument("--warmup", type=int, default=3, help="updates before the hello line")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if (options.data is None) != (options.engine == "step"):
        parser.error("--data: trainer and loop need it, step takes none")
    if options.engine == "loop" and options.sampling != "random":
        parser.error("--sampling: only trainer has it")
    if options.engine != "step" and options.mode != "eager":
        parser.error("--mode: only step has compile, whose batches all have one shape")
    return options


class Counting(Trainer):
    """Says after each update how large its batch was."""

    def training_step(self, model, inputs, *more, **named):
        loss = super().training_step(model, inputs, *more, **named)
        rows, time = inputs["input_ids"].shape
        self.last = {"sentences": rows, "places": rows * time, "total_loss": loss.item()}
        return loss


class Turns(TrainerCallback):
    """Holds the Trainer after each update until the next one is asked for, so that all it does between two counts."""

    def __init__(self):
        self.asked, self.done, self.trainer = threading.Semaphore(0), queue.Queue(), None

    def on_train_begin(self, *_args, **_named):
        self.asked.acquire()

    def on_step_end(self, *_args, **_named):
        self.done.put(self.trainer.last)
        self.asked.acquire()

    def update(self):
        self.asked.release()
        result = self.done.get()
        if isinstance(result, BaseException):
            raise result
        return result

    def train(self):
        try:
            self.trainer.train()
        except BaseException as error:  # update() raises it again
            self.done.put(error)


def with_trainer(model, rows, tokenizer, options, folder):
    """A function that makes one update with the Trainer, which runs in a thread of its own."""
    settings = TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=options.batch,
        learning_rate=options.learning_rate,
        num_train_epochs=EPOCHS,
        train_sampling_strategy=SAMPLING[options.sampling],
        seed=options.seed,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    turns = Turns()
    turns.trainer = Counting(
        model=model, args=settings, train_dataset=rows, data_collator=DataCollatorWithPadding(tokenizer), processing_class=tokenizer, callbacks=[turns]
    )
    threading.Thread(target=turns.train, daemon=True).start()
    return turns.update


def batches_of(rows, tokenizer, options):
    """Padded batches in random order, epoch after epoch."""
    collate = DataCollatorWithPadding(tokenizer)
    while True:
        order = torch.randperm(len(rows)).tolist()
        for at in range(0, len(order), options.batch):
            yield collate([rows[i] for i in order[at : at + options.batch]])


def one_batch(model, options):
    """The same full batch of random ids again and again."""
    shape = (options.batch, options.time)
    ids = torch.randint(5, model.config.vocab_size, shape)
    batch = {"input_ids": ids, "attention_mask": torch.ones(shape, dtype=torch.long), "labels": torch.randint(0, 2, shape[:1])}
    while True:
        yield batch


def in_a_loop(model, batches, options):
    """A function that makes one update as the Trainer's defaults have it: clip at 1, fused AdamW."""
    model.train()
    forward = torch.compile(model, dynamic=False) if options.mode == "compile" else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=0.0, fused=True)

    def update():
        batch = next(batches)
        loss = forward(**batch).loss
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return {"sentences": len(batch["input_ids"]), "places": batch["input_ids"].numel(), "total_loss": loss.item()}

    return update


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    transformers.set_seed(options.seed)
    baseline = protocol.peak_rss_mb()
    tokenizer = AutoTokenizer.from_pretrained(options.folder)
    rows = encode(tokenizer, read_lines(options.data), options.max_length) if options.data else []
    model = load_classifier(options.folder, len({row["labels"] for row in rows}) or 2, options.attention)
    with tempfile.TemporaryDirectory() as folder:
        if options.engine == "trainer":
            update = with_trainer(model, rows, tokenizer, options, folder)
        else:
            batches = one_batch(model, options) if options.engine == "step" else batches_of(rows, tokenizer, options)
            update = in_a_loop(model, batches, options)

        def iteration(_request):
            made = [update() for _ in range(options.serve)]
            return {name: sum(each[name] for each in made) for name in made[0]}

        for _ in range(options.warmup):
            update()
        said = {"name": "fine-tune", "engine": options.engine, "mode": options.mode, "sampling": options.sampling, "attention": options.attention}
        said |= {"torch": torch.__version__, "transformers": transformers.__version__, "threads": options.threads}
        said |= {"parameters": count_parameters(model), "batch": options.batch, "rows": len(rows)}
        tokens = sum(len(row["input_ids"]) for row in rows) or options.batch * options.time
        said |= {"tokens": tokens, "baseline_rss_mb": baseline, "ready_ms": protocol.since_start_ms()}
        protocol.serve(said, iteration)


if __name__ == "__main__":
    main()
