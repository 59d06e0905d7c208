"""A made-up applicant in the codes of German credit."""

ROW = {
    "existingchecking": "A12", "duration": 24, "credithistory": "A32", "purpose": "A43",
    "creditamount": 2500, "savings": "A61", "employmentsince": "A73", "installmentrate": 3,
    "otherdebtors": "A101", "residencesince": 2, "property": "A121",
    "otherinstallmentplans": "A143", "housing": "A152", "existingcredits": 1, "job": "A173",
    "peopleliable": 1, "telephone": "A191",
}  # fmt: skip
