"""Filling an empty demo: accounts first, then its cases, loans and reports one by one.

Each step is a transaction of its own. A long one would hold the lock of the audit trail to its end,
and every request that leaves an audit row would wait for it. Seeding that was cut off goes on
behind the last case that is there.
"""

from django.db import connection, transaction

from applicants.models import Applicant, AuditEvent, Branch, Officer
from applicants.services import audit
from creditweb.demo import loans
from creditweb.demo.history import seed_case
from creditweb.demo.people import BRANCHES, CASES, STAFF, Colleague
from creditweb.demo_logins import DEMO_PASSWORD
from scoring import portfolio
from scoring.services import monitoring, policy

FILLED = "demo.filled"
Staff = dict[str, Officer]
Branches = dict[str, Branch]


@transaction.atomic
def seed_accounts() -> None:
    """Create the first policy, the branches and the officers; nothing where officers are."""
    if Officer.objects.exists():
        return
    policy.active()
    branches = {
        code: Branch.objects.create(code=code, name=name, country="NL")
        for code, name in BRANCHES.items()
    }
    for colleague in STAFF:
        _create_officer(colleague, branches)


def is_wanted() -> bool:
    """Return whether the demo's own officers are here and their book is not whole yet."""
    if AuditEvent.objects.filter(action=FILLED).exists():
        return False
    return len(_staff()) == len(STAFF)


def seed_book() -> None:
    """Record every case and loan that is missing, with their reports, each in a transaction."""
    staff = _staff()
    branches = {each.code: each for each in Branch.objects.filter(code__in=BRANCHES)}
    for number in range(_recorded(), len(CASES) + loans.LOANS):
        with transaction.atomic():
            _record(number, staff, branches)
    loans.propose_once(staff["analyst"])
    with connection.cursor() as cursor:
        # Postgres knows nothing yet of rows just written; the reports would take minutes.
        cursor.execute("ANALYZE")
    for of_businesses in (False, True):
        for month, _rows in portfolio.months_scored(of_businesses=of_businesses):
            monitoring.stability_report(month, of_businesses=of_businesses)
    audit.record(FILLED)


def _recorded() -> int:
    return Applicant.objects.filter(simulated=True).count()


def _record(number: int, staff: Staff, branches: Branches) -> None:
    if number < len(CASES):
        case = CASES[number]
        seed_case(case, staff, branches[case.branch], number)
    else:
        loans.seed_loan(number - len(CASES), staff, branches)


def _staff() -> Staff:
    names = [each.username for each in STAFF]
    found = {each.username: each for each in Officer.objects.filter(username__in=names)}
    return {name: found[name] for name in names if name in found}


def _create_officer(colleague: Colleague, branches: Branches) -> None:
    is_admin = colleague.role == Officer.Role.ADMIN
    Officer.objects.create_user(
        username=colleague.username,
        password=DEMO_PASSWORD,
        first_name=colleague.given_name,
        last_name=colleague.family_name,
        role=colleague.role,
        branch=branches.get(colleague.branch or ""),
        is_staff=is_admin,
        is_superuser=is_admin,
        time_zone="Europe/Amsterdam",
    )
