"""Training that feels the rounding of the int8 file that ships (quantisation-aware training, Jacob et al., CVPR 2018).

The inputs of a layer's products are rounded as the runtime rounds them: 8 bits, one scale a sequence, zero included.
Gradients pass as if nothing had been rounded. Weights are left alone: with a scale a channel they lose next to nothing.
"""

from __future__ import annotations

from typing import Any

import torch


def rounded(hidden: torch.Tensor) -> torch.Tensor:
    """hidden: (sequences, tokens, d)."""
    with torch.no_grad():
        low = hidden.amin((1, 2), keepdim=True).clamp(max=0.0)
        high = hidden.amax((1, 2), keepdim=True).clamp(min=0.0)
        scale = ((high - low) / 255).clamp(min=1e-8)
        noise = torch.div(hidden, scale).round_().mul_(scale).sub_(hidden)
    return hidden + noise


def _round_input(_: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return rounded(inputs[0]), *inputs[1:]


def add_noise(bert: Any) -> None:
    """Make every layer of a BERT model round the inputs of its products from now on."""
    for layer in bert.encoder.layer:
        attention = layer.attention
        for module in (attention.self, attention.output.dense, layer.intermediate.dense, layer.output.dense):
            module.register_forward_pre_hook(_round_input)
