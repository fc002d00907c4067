"""One run: `build` its world, `play` it; `costs` without a run."""
