"""Scopes: what a public key has, and names that are none."""

from __future__ import annotations

import pytest

from muster.runtime.ledger.scopes import ALL, SCOPES, ScopeError, checked_scopes, default_scopes


def test_a_public_key_may_send_and_read_nothing() -> None:
    granted = default_scopes(is_public=True)

    assert granted == {"events:write", "devices:write"}
    assert not any(scope.endswith((":read", ":check", ":export")) for scope in granted)


def test_a_secret_key_may_do_everything() -> None:
    assert default_scopes(is_public=False) == {ALL}


def test_every_scope_says_what_it_allows() -> None:
    assert all(name.count(":") == 1 and scope.allows for name, scope in SCOPES.items())


def test_a_name_that_is_none_is_refused_with_the_nearest() -> None:
    assert checked_scopes(["audiences:read", "*"]) == {"audiences:read", "*"}
    with pytest.raises(ScopeError, match=r'no scope "audience:read"\. Did you mean "audiences:read"'):
        checked_scopes(["events:write", "audience:read"])
    with pytest.raises(ScopeError, match="There are events:write,"):
        checked_scopes(["xyz"])
