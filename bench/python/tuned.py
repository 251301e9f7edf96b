"""The two places where PyTorch on a CPU can be beaten by hand: dropout and the output layer with its loss."""

import torch
from torch import nn


class ByteDropout(nn.Module):
    """Dropout whose mask comes from random bytes drawn eight at a time; p is rounded to 1/256."""

    def __init__(self, p):
        super().__init__()
        self.threshold = round(p * 256)

    def forward(self, x):
        if not self.training or self.threshold == 0:
            return x
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        keep = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self.threshold
        return x * (keep * (256 / (256 - self.threshold)))


class LinearCrossEntropy(torch.autograd.Function):
    """Sum over rows of label-smoothed cross-entropy of y·Eᵀ, never holding more than `chunk` rows of logits.

    `y`: [N, D], `embedding`: [V, D], `labels`: [N] → []. Gradients are made on the way forward.
    """

    @staticmethod
    def forward(ctx, y, embedding, labels, smoothing, chunk):
        vocab = embedding.shape[0]
        loss = y.new_zeros(())
        dy, de = torch.empty_like(y), torch.zeros_like(embedding)
        for at in range(0, y.shape[0], chunk):
            rows, ids = y[at : at + chunk], labels[at : at + chunk, None]
            logits = rows @ embedding.t()
            lse = logits.logsumexp(1, keepdim=True)
            loss += lse.sum() - (1 - smoothing) * logits.gather(1, ids).sum() - smoothing / vocab * logits.sum()
            d = logits.sub_(lse).exp_().sub_(smoothing / vocab)
            d.scatter_add_(1, ids, d.new_full(ids.shape, smoothing - 1))
            torch.mm(d, embedding, out=dy[at : at + chunk])
            de.addmm_(d.t(), rows)
        ctx.save_for_backward(dy, de)
        return loss

    @staticmethod
    def backward(ctx, grad):
        dy, de = ctx.saved_tensors
        return dy * grad, de * grad, None, None, None


def linear_cross_entropy(y, embedding, labels, smoothing, chunk=512):
    return LinearCrossEntropy.apply(y, embedding, labels, smoothing, chunk)
