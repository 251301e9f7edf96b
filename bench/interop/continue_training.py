"""Trains a folder that Heddle saved for some more steps with Transformers' Trainer, and saves it, so that Heddle can go on.

    heddle train recipe.yaml --out here
    python continue_training.py here --out there [--data train.tsv]
    python compare.py there
    heddle train recipe.yaml --out back --set model.model_name_or_path=there

The class is the one that `architectures` names. `--data` is for sequence classification: a line is a text, a tab and a label that
config.json knows. Without it the model learns a random batch by heart. Exit status 1 when the folder does not load whole or the loss does not
fall.
"""

import argparse
import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments, default_data_collator

from inputs import make_inputs
from loading import load


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a new folder")
    parser.add_argument("--data", type=pathlib.Path, help="text and label, separated by a tab")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} exists")
    return options


def read_rows(path, labels):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text, tab, label = line.rpartition("\t")
        if not tab or label not in labels:
            raise ValueError(f"{path}:{number}: expected a text, a tab and one of {', '.join(labels)}, got {line[:80]!r}")
        yield text, labels[label]


def text_rows(options, model, tokenizer):
    """Encoded lines of the data, and the function that pads a batch of them."""
    rows = read_rows(options.data, model.config.label2id)
    encoded = [{**tokenizer(text, truncation=True, max_length=128), "labels": label} for text, label in rows]
    return encoded, DataCollatorWithPadding(tokenizer)


def random_rows(options, model):
    inputs = make_inputs(model, seed=options.seed)
    count = len(next(iter(inputs.values())))
    row = lambda at: {name: tensor[at] for name, tensor in inputs.items()}
    return [row(at % count) for at in range(options.batch_size)], default_data_collator


@torch.no_grad()
def loss_of(model, rows, collate):
    model.eval()
    return model(**collate([dict(row) for row in rows])).loss.item()


def main():
    options = arguments()
    transformers.set_seed(options.seed)
    model, problems = load(options.folder)
    if problems:
        raise ValueError(f"{options.folder}: {'; '.join(problems)}")
    has_tokenizer = (options.folder / "tokenizer_config.json").exists()
    tokenizer = AutoTokenizer.from_pretrained(options.folder) if has_tokenizer else None
    rows, collate = text_rows(options, model, tokenizer) if options.data else random_rows(options, model)
    some = rows[: 4 * options.batch_size]
    before = loss_of(model, some, collate)
    settings = TrainingArguments(
        output_dir=options.out,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        lr_scheduler_type="constant",
        seed=options.seed,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(model=model, args=settings, train_dataset=rows, data_collator=collate, processing_class=tokenizer)
    trainer.train()
    after = loss_of(model, some, collate)
    trainer.save_model()
    said = {"class": type(model).__name__, "steps": options.steps, "loss_before": round(before, 5), "loss_after": round(after, 5)}
    print(json.dumps({**said, "falls": after < before, "saved": sorted(path.name for path in options.out.iterdir())}))
    return 0 if after < before else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        sys.exit(f"continue_training.py: {error}")
