from muster.compiler.messages import reference


def test_asking_for_sql_is_refused_with_what_would_work() -> None:
    refused = reference.no_sql()

    assert refused.code == "E40"
    assert "`memory:`" in refused.message
    assert refused.hint is not None
    assert "duckdb" in refused.hint


def test_limits_name_their_value() -> None:
    assert "within 0.5 s" in reference.too_slow(0.5)
    assert "more than 10 rows" in reference.too_many_rows(10)
    assert "more than 1 row," in reference.too_many_rows(1)


def test_what_was_found_is_quoted() -> None:
    assert '"u1"' in reference.loaded_twice("u1")
    assert '"x.db"' in reference.nothing_stored("x.db")
