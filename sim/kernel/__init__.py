"""Time, chance, memory, records, money, provenance: what any simulation needs."""
