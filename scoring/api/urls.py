from django.urls import path, re_path

from scoring.api import (
    applications,
    batches,
    counterfactuals,
    encrypted,
    flags,
    german_credit,
    outcomes,
    policies,
    row_scores,
    scores,
    tokens,
)

urlpatterns = [
    path("applications/", applications.ApplicationList.as_view(), name="api_applications"),
    path(
        "applications/<uuid:pk>/", applications.ApplicationDetail.as_view(), name="api_application"
    ),
    path(
        "applications/<uuid:pk>/financials/",
        applications.ApplicationFinancials.as_view(),
        name="api_application_financials",
    ),
    path("applications/<uuid:pk>/scores/", scores.ScoreList.as_view(), name="api_scores"),
    path(
        "applications/<uuid:pk>/counterfactuals/",
        counterfactuals.Counterfactuals.as_view(),
        name="api_counterfactuals",
    ),
    path("scores/", row_scores.RowScore.as_view(), name="api_row_score"),
    path("flags/", flags.FlagList.as_view(), name="api_flags"),
    path("flags/<uuid:pk>/decision/", flags.FlagDecision.as_view(), name="api_flag_decision"),
    path("outcomes/", outcomes.OutcomeList.as_view(), name="api_outcomes"),
    path("batches/", batches.BatchList.as_view(), name="api_batches"),
    path("batches/<uuid:pk>/", batches.BatchDetail.as_view(), name="api_batch"),
    path("batches/<uuid:pk>/result/", batches.BatchResult.as_view(), name="api_batch_result"),
    path("batches/<uuid:pk>/rejected/", batches.BatchRejected.as_view(), name="api_batch_rejected"),
    path("privacy/german-credit/", german_credit.GermanCredit.as_view(), name="api_german_credit"),
    # Its users write it without a slash at the end.
    re_path(r"^privacy/predict/?$", tokens.TokenPredict.as_view(), name="api_token_predict"),
    path("privacy/recipe/", tokens.TokenRecipe.as_view(), name="api_token_recipe"),
    path("privacy/vocabulary/", tokens.TokenVocabulary.as_view(), name="api_token_vocabulary"),
    path("privacy/keys/", encrypted.EvaluationKeysList.as_view(), name="api_evaluation_keys"),
    path(
        "privacy/encrypted-estimators/",
        encrypted.EncryptedEstimatorList.as_view(),
        name="api_encrypted_estimators",
    ),
    path(
        "privacy/encrypted-scores/",
        encrypted.EncryptedScore.as_view(),
        name="api_encrypted_scores",
    ),
    path("policies/", policies.PolicyList.as_view(), name="api_policies"),
    path("policies/stop/", policies.BehaviourStop.as_view(), name="api_behaviour_stop"),
    path(
        "policies/<int:version>/activation/",
        policies.PolicyActivation.as_view(),
        name="api_policy_activation",
    ),
]
