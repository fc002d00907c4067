"""What a study says: a page and its figures for each verb."""
