"""A Llama-style decoder of a given shape for given shards."""

from __future__ import annotations

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from codemill.training.loader import Batch, document_mask
from codemill.training.settings import ModelShape
from codemill.training.shards import Footer

VOCAB_MULTIPLE = 64
"""The vocabulary is padded to a multiple of it: matrix kernels are faster on whole tiles."""


def make_config(shape: ModelShape, footer: Footer) -> LlamaConfig:
    """The configuration as transformers has it; its `codemill` holds the shards' digest and roles.

    No padding token is set: it would freeze a row of the tied embedding, and padding's label
    keeps it out of the loss anyway.
    """
    return LlamaConfig(
        vocab_size=-(-footer.vocab_size // VOCAB_MULTIPLE) * VOCAB_MULTIPLE,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=footer.sequence_length,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=footer.special_tokens.get("end_of_text"),
        attn_implementation="sdpa",
        codemill={
            "corpus_version": footer.corpus_version,
            "special_tokens": dict(footer.special_tokens),
            "tokenizer_digest": footer.tokenizer_digest,
        },
    )


def make_model(shape: ModelShape, footer: Footer, *, seed: int) -> LlamaForCausalLM:
    """A model in float32 on the CPU, its weights drawn by `seed`; PyTorch's own state is kept."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(make_config(shape, footer))
    end, pad = (footer.special_tokens.get(role) for role in ("end_of_text", "padding"))
    model.generation_config = GenerationConfig(
        eos_token_id=end, pad_token_id=end if pad is None else pad
    )
    return model


def num_parameters(model: torch.nn.Module) -> int:
    """Parameters, tied ones once."""
    return sum(p.numel() for p in model.parameters())


def packed_loss(model: LlamaForCausalLM, batch: Batch, dtype: torch.dtype) -> torch.Tensor:
    """Mean loss in nats over the labels of a batch of packed rows, no document seeing another."""
    on_device = {name: values.to(model.device) for name, values in batch.items()}
    segment_ids = on_device.pop("segment_ids")
    reduced = dtype is not torch.float32
    with torch.autocast(model.device.type, dtype=dtype, enabled=reduced):
        output = model(**on_device, attention_mask=document_mask(segment_ids), use_cache=False)
    return output.loss
