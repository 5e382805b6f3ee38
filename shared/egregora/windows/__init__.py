"""Windows: how a partition's messages are packed into slices, and how a slice that is too large is split."""
