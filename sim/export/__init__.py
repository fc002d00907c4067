"""What leaves a run: tables with units, figures, a page in words."""
