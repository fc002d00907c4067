"""What is known, and whether this program finds it: closed forms, printed numbers, exact computations.

A file a subject. Every number is obtained from the sellers, buyers and markets of real scenarios. `answers.py` first.
"""
