"""Price wars: the `detector`, who answered whom, the family tree of causes."""
