"""Which lenders' tokens an account may have scored: named per branch or account, audited."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from applicants.models import Branch, Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.models import TokenAccess


def may_use(officer: Officer, tenant: str) -> bool:
    """Tell whether the tenant is named for this account or for its branch."""
    return _of(officer).filter(tenant=tenant).exists()


def may_see(officer: Officer, tenant: str) -> bool:
    """Tell whether the account may read the tenant's vocabulary; who supervises sees them all."""
    return can(officer, Capability.VIEW_AUDIT) or may_use(officer, tenant)


def users_of(tenant: str) -> list[str]:
    """Return branch codes and account names that the tenant is named for."""
    rows = TokenAccess.objects.filter(tenant=tenant).select_related("branch", "officer")
    return [row.user_name for row in rows]


@transaction.atomic
def allow(
    tenant: str, *, branches: Iterable[Branch] = (), accounts: Iterable[Officer] = ()
) -> list[TokenAccess]:
    """Name a tenant for branches and accounts; what is named already stays as it is.

    Raises ValidationError for what is no name of a tenant.
    """
    wanted = [TokenAccess(tenant=tenant, branch=branch) for branch in branches]
    wanted += [TokenAccess(tenant=tenant, officer=account) for account in accounts]
    fresh = [row for row in wanted if not _same(row).exists()]
    for row in fresh:
        row.full_clean()
        keep(row, by=None)
    return fresh


def keep(row: TokenAccess, *, by: Officer | None) -> None:
    """Store one row that was checked."""
    row.created_by = by
    row.save(force_insert=True)
    audit.record("token_access.allowed", actor=by, obj=row, tenant=row.tenant, **_user(row))


@transaction.atomic
def take_back(rows: Iterable[TokenAccess], *, by: Officer | None) -> None:
    """Remove rows; from the next request on they no longer hold."""
    for row in rows:
        audit.record("token_access.taken_back", actor=by, obj=row, tenant=row.tenant, **_user(row))
        row.delete()


def all_of(tenant: str) -> QuerySet[TokenAccess]:
    """Return every row of a tenant."""
    return TokenAccess.objects.filter(tenant=tenant)


def named(
    tenant: str, *, branches: Iterable[Branch] = (), accounts: Iterable[Officer] = ()
) -> QuerySet[TokenAccess]:
    """Return the rows of a tenant for these branches and accounts."""
    users = Q(branch__in=list(branches)) | Q(officer__in=list(accounts))
    return TokenAccess.objects.filter(users, tenant=tenant)


def _of(officer: Officer) -> QuerySet[TokenAccess]:
    users = Q(officer=officer)
    if officer.branch_id is not None:
        users |= Q(branch=officer.branch_id)
    return TokenAccess.objects.filter(users)


def _same(row: TokenAccess) -> QuerySet[TokenAccess]:
    same = TokenAccess.objects.filter(tenant=row.tenant)
    return same.filter(branch=row.branch, officer=row.officer)


def _user(row: TokenAccess) -> dict[str, object]:
    return {"branch": row.branch_id} if row.branch_id else {"account": row.officer_id}
