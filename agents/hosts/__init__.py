"""Who serves weights that others released: hosts, self-hosting buyers, and the releases themselves."""
