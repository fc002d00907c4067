"""The verbs: what `import pricewar` offers, and what the command parses its line for.

Each takes plain arguments, makes a `Source` and a `Means` of them, returns data, prints nothing and raises UserMistake.
"""
