"""What a run can be asked, a subject a file; `base` first, then `registry`."""
