"""Writes a BERT classifier as ONNX, with the inputs that transformers.js feeds: for `../onnxruntime/infer.mjs`."""

import argparse

import torch

from infer import make_ids
from text_data import load_classifier

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="a BERT: config.json, model.safetensors")
    parser.add_argument("out", help="model.onnx")
    parser.add_argument("--labels", type=int, default=2, help="of the head, which is new where the folder has none")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = load_classifier(options.folder, options.labels, "eager").eval()
    ids = make_ids(2, 16, model.config.vocab_size)
    batch, time = torch.export.Dim("batch", min=1), torch.export.Dim("sequence", min=1, max=model.config.max_position_embeddings)
    torch.onnx.export(
        model,
        (),
        options.out,
        kwargs={"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)},
        input_names=INPUTS,
        output_names=["logits"],
        dynamic_shapes={name: {0: batch, 1: time} for name in INPUTS},
        dynamo=True,
        external_data=False,
    )


if __name__ == "__main__":
    main()
