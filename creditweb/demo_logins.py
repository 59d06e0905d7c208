"""The sign-ins that the demo prints and shows. They exist in the demo environment only."""

DEMO_PASSWORD = "demo-2026-creditweb"  # noqa: S105  # printed on purpose; refused outside the demo

DEMO_LOGINS = {
    "officer": "loan officer, Harbour branch",
    "senior": "senior officer, Harbour branch",
    "admin": "administrator",
    "auditor": "auditor, reads only",
    "analyst": "risk analyst",
    "data": "data officer",
}
