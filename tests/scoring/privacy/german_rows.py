"""An application of German credit, as the first system's users send it."""

from typing import Any

# The example of the first system's README.
ROW: dict[str, Any] = {
    "existingchecking": "A11", "duration": 6, "credithistory": "A34", "purpose": "A43",
    "creditamount": 1169, "savings": "A65", "employmentsince": "A75", "installmentrate": 4,
    "statussex": "A93", "otherdebtors": "A101", "residencesince": 4, "property": "A121",
    "age": 67, "otherinstallmentplans": "A143", "housing": "A152", "existingcredits": 2,
    "job": "A173", "peopleliable": 1, "telephone": "A192", "foreignworker": "A201",
}  # fmt: skip
RISKY = ROW | {
    "existingchecking": "A12", "duration": 48, "credithistory": "A30", "purpose": "A410",
    "creditamount": 15000, "savings": "A61",
}  # fmt: skip
