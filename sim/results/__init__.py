"""Results: the tables and their dictionary, and the folder that appears whole or not at all."""
