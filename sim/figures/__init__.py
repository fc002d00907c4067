"""Figures of a run: tables in, figure out; `catalogue` names them all."""
