"""From packed shards to a model: load, pretrain, generate."""
