"""A PostgreSQL has no key and no reference that a distributed one could not have."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from storage.database import Database
from storage.distribution import HOW, LOCAL, REFERENCE, Distributed, how, may_refer
from storage.schema import metadata


@pytest.fixture
def distributable(database: Database) -> Database:
    if database.is_sqlite:
        pytest.skip("a file is not distributed")
    return database


def test_only_tables_that_there_are_are_told_how_to_be_kept() -> None:
    assert set(HOW) <= set(metadata.tables)
    for name, kept in HOW.items():
        assert kept in (REFERENCE, LOCAL) or (
            isinstance(kept, Distributed) and kept.by in metadata.tables[name].c
        )


def test_what_is_cut_by_ticket_names_its_ticket_in_every_row() -> None:
    for table in metadata.tables.values():
        kept = how(table)
        if isinstance(kept, Distributed):
            assert not table.c[kept.by].nullable


def test_every_key_of_a_distributed_table_has_the_column_it_is_cut_by(distributable: Database) -> None:
    with distributable.read() as connection:
        look = inspect(connection)
        for name, table in metadata.tables.items():
            kept = how(table)
            if not isinstance(kept, Distributed):
                continue
            keys = [look.get_pk_constraint(name)["constrained_columns"]]
            keys += [unique["column_names"] for unique in look.get_unique_constraints(name)]
            keys += [index["column_names"] for index in look.get_indexes(name) if index["unique"]]
            assert all(kept.by in key for key in keys if key), (name, keys)


def test_rows_refer_to_rows_that_lie_beside_them_alone(distributable: Database) -> None:
    with distributable.read() as connection:
        look = inspect(connection)
        for name, table in metadata.tables.items():
            for reference in look.get_foreign_keys(name):
                other = metadata.tables[reference["referred_table"]]
                assert may_refer(table, other), (name, reference)
                kept, theirs = how(table), how(other)
                if isinstance(kept, Distributed) and isinstance(theirs, Distributed):
                    at = reference["constrained_columns"].index(kept.by)
                    assert reference["referred_columns"][at] == theirs.by


def test_what_was_a_key_is_still_an_index(distributable: Database) -> None:
    with distributable.read() as connection:
        found = {
            index["name"]
            for table in ("tickets", "ratings")
            for index in inspect(connection).get_indexes(table)
        }
    assert {"ix_tickets_no", "ix_tickets_once", "ix_ratings_token"} <= found
