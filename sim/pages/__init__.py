"""What a run and a shock say in words, and the folders that hold them."""
