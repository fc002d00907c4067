"""What a run and a forced price say in words, and the folders that hold them."""
