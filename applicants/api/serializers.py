"""Shapes of applicants, consents and financial profiles in the API."""

from rest_framework import serializers

from applicants.models import Applicant, Consent, FinancialProfile


class ApplicantSerializer(serializers.ModelSerializer[Applicant]):
    given_name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    family_name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    national_id = serializers.CharField(required=False, allow_blank=True, max_length=60)
    registration_number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    kind = serializers.ChoiceField(choices=Applicant.Kind.choices)

    class Meta:
        model = Applicant
        fields = [
            "id",
            "kind",
            "given_name",
            "family_name",
            "date_of_birth",
            "national_id",
            "name",
            "registration_number",
            "founded",
            "email",
            "phone",
            "country",
            "created_at",
            "simulated",
        ]
        read_only_fields = ["id", "created_at", "simulated"]


class FinancialsSerializer(serializers.ModelSerializer[FinancialProfile]):
    class Meta:
        model = FinancialProfile
        fields = list(FinancialProfile.FACTORS + FinancialProfile.BUSINESS_FACTORS)

    def to_internal_value(self, data: object) -> dict[str, object]:
        """Refuse a misspelt factor by name; a missing one is allowed."""
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), "This factor is not known.")
            )
        return super().to_internal_value(data)


class ConsentRequestSerializer(serializers.Serializer[dict[str, object]]):
    applicant = serializers.UUIDField()
    scopes = serializers.ListField(child=serializers.CharField(), allow_empty=False)
    language = serializers.CharField(required=False, default="en", max_length=10)


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["scope", "text_version", "language", "channel", "given_at", "withdrawn_at"]
