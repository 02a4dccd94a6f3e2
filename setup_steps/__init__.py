"""Steps that `make` takes on a new machine; standard library alone."""
