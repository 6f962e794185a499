"""Features of the rows of a table: arrays in, arrays out."""
