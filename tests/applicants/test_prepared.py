"""Querysets whose SQL is kept: always what the database holds now."""

import pytest

from applicants.models import Branch
from applicants.prepared import Prepared
from tests.factories import BranchFactory

pytestmark = pytest.mark.django_db


def test_each_value_finds_its_own_rows() -> None:
    by_code = Prepared(lambda code: Branch.objects.filter(code=code), example="CODE")
    first, second = BranchFactory(code="ONE"), BranchFactory(code="TWO")
    assert (by_code.first("ONE"), by_code.first("TWO"), by_code.first("' OR 1=1 --")) == (
        first, second, None,
    )  # fmt: skip


def test_a_row_that_changed_is_read_anew() -> None:
    everything = Prepared(lambda _value: Branch.objects.order_by("code"))
    assert list(everything()) == []
    BranchFactory(code="ONE", name="Old")
    assert [each.name for each in everything()] == ["Old"]
    Branch.objects.update(name="New")
    assert [each.name for each in everything()] == ["New"]
