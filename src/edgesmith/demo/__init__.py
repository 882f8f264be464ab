"""The spoken-digit demonstration: a recording in, what was heard and a page that shows how it was computed out."""
