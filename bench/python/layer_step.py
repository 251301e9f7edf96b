"""Times one recurrent layer of PyTorch: forward and backward, or forward alone. Serves protocol.py's requests.

A request may name the length: {"run": 1, "time": 64}.
"""

import protocol  # first: it starts the clock

import argparse

import torch
from torch import nn

WIDTH, BATCH = 256, 64
# Name → layer, whether it is trained, whether its input has a gradient.
LAYERS = {
    "lstm": (nn.LSTM, True, True),
    "lstm-weights": (nn.LSTM, True, False),
    "gru": (nn.GRU, True, True),
    "lstm-forward": (nn.LSTM, False, False),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layer", choices=LAYERS, required=True)
    parser.add_argument("--time", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    baseline = protocol.peak_rss_mb()
    make, is_training, has_input_gradient = LAYERS[options.layer]
    layer = make(WIDTH, WIDTH, batch_first=True)
    tensors = {}

    def tensors_of(time):
        """x [B, T, 256] and the output's cotangent, made once for a length."""
        if time not in tensors:
            x = torch.rand(BATCH, time, WIDTH) * 2 - 1
            tensors[time] = x.requires_grad_(has_input_gradient), torch.rand(BATCH, time, WIDTH) * 2 - 1
        return tensors[time]

    def train(request):
        x, cotangent = tensors_of(request.get("time", options.time))
        loss = (layer(x)[0] * cotangent).sum()
        loss.backward()
        layer.zero_grad(set_to_none=True)
        x.grad = None
        return {"loss": loss.item()}

    @torch.inference_mode()
    def forward(request):
        x, _ = tensors_of(request.get("time", options.time))
        layer(x)
        return {}

    run = train if is_training else forward
    for _ in range(options.warmup):
        run({})
    protocol.serve(
        {
            "name": options.layer,
            "parameters": sum(p.numel() for p in layer.parameters()),
            "tokens": BATCH * options.time,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "baseline_rss_mb": baseline,
        },
        run,
    )


if __name__ == "__main__":
    main()
