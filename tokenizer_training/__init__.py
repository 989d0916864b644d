"""Training, loading and measuring tokenizers."""
