"""The rules of grid governance: values and pure functions over the standard library alone."""
