"""Near-duplicates: shingles, MinHash signatures, bands, candidates, verification, decision."""
