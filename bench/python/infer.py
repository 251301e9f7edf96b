"""Times a pass of a BERT classifier in PyTorch: a batch of `--rows` × `--time` ids without padding to logits. Serves protocol.py's requests."""

import protocol  # first: it starts the clock

import argparse

import torch
import transformers

from text_data import load_classifier
from transformer import count_parameters

MODES = ["eager", "compile", "bf16", "bf16-compile"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="a BERT: config.json, model.safetensors")
    parser.add_argument("--mode", choices=MODES, default="eager")
    parser.add_argument("--labels", type=int, default=2, help="of the head, which is new where the folder has none")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--time", type=int, default=64)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="passes before the hello line; compiling happens there")
    return parser.parse_args()


def make_ids(rows, time, vocabulary):
    """The ids that every side of the comparison reads: 1000, 1007, 1014, … modulo the vocabulary above 1000."""
    return 1000 + (torch.arange(rows * time) * 7 % (vocabulary - 1000)).view(rows, time)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    baseline = protocol.peak_rss_mb()
    model = load_classifier(options.folder, options.labels, options.attention).eval()
    parameters = count_parameters(model)
    ids = make_ids(options.rows, options.time, model.config.vocab_size)
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
    run = torch.compile(model, dynamic=False) if options.mode.endswith("compile") else model

    @torch.inference_mode()
    def iteration(_request=None):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.mode.startswith("bf16")):
            return {"sum": run(**inputs).logits.sum().item()}

    for _ in range(options.warmup):
        iteration()
    said = {"name": "infer", "engine": "torch", "mode": options.mode, "attention": options.attention, "threads": options.threads}
    said |= {"torch": torch.__version__, "transformers": transformers.__version__, "parameters": parameters, "sum": round(iteration()["sum"], 3)}
    said |= {"tokens": ids.numel(), "baseline_rss_mb": baseline, "ready_ms": protocol.since_start_ms()}
    protocol.serve(said, iteration)


if __name__ == "__main__":
    main()
