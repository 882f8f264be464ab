"""Images, audio and arrays in, labels out. May import: the public names, types, errors, flags."""
