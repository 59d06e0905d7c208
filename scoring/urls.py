from django.urls import path

from scoring.views import (
    applications,
    decisions,
    estimators,
    fairness,
    monitoring,
    outcomes,
    policies,
    review,
    risk,
    scores,
    strategy,
    tables,
    training,
    what_if,
    work,
)

app_name = "scoring"
urlpatterns = [
    path("", work.home, name="home"),
    path("work/", work.work_list, name="work_list"),
    path("applicants/<uuid:pk>/apply/", applications.application_new, name="application_new"),
    path("applicants/<uuid:pk>/groups/", fairness.declare, name="declare_groups"),
    path(
        "applicants/<uuid:pk>/groups/delete/", fairness.declare_take_back, name="declare_take_back"
    ),
    path("applicants/<uuid:pk>/scores/", scores.applicant_scores, name="applicant_scores"),
    path("applications/<uuid:pk>/take/", work.application_take, name="application_take"),
    path("applications/<uuid:pk>/finances/", applications.profile_revise, name="profile_revise"),
    path(
        "applications/<uuid:pk>/submit/", applications.application_submit, name="application_submit"
    ),
    path("applications/<uuid:pk>/score/", scores.application_score, name="application_score"),
    path("applications/<uuid:pk>/score/panel/", scores.score_panel, name="score_panel"),
    path("applications/<uuid:pk>/score/changes/", what_if.score_changes, name="score_changes"),
    path("applications/<uuid:pk>/what-if/", what_if.what_if_page, name="what_if"),
    path("applications/<uuid:pk>/decide/", decisions.application_decide, name="application_decide"),
    path("risk/", risk.risk_home, name="risk_home"),
    path("risk/monitoring/", monitoring.monitoring, name="monitoring"),
    path("risk/monitoring/make/", monitoring.monitoring_make, name="monitoring_make"),
    path("risk/monitoring/thresholds/", monitoring.thresholds, name="thresholds"),
    path("risk/fairness/", fairness.fairness, name="fairness"),
    path("risk/alarms/<int:pk>/", monitoring.alarm, name="alarm"),
    path("risk/outcomes/", outcomes.outcome_list, name="outcome_list"),
    path("applications/<uuid:pk>/outcome/", outcomes.outcome_new, name="outcome_new"),
    path("risk/strategy/", strategy.cut_off_strategy, name="strategy"),
    path("risk/policy/", policies.policy_list, name="policy_list"),
    path("risk/policy/new/", policies.policy_new, name="policy_new"),
    path("risk/policy/<int:version>/", policies.policy_detail, name="policy_detail"),
    path("risk/policy/<int:version>/effect/", policies.policy_effect, name="policy_effect"),
    path("risk/policy/<int:version>/activate/", policies.policy_activate, name="policy_activate"),
    path("risk/tables/", tables.credit_tables, name="credit_tables"),
    path("risk/tables/new/", tables.credit_table_new, name="credit_table_new"),
    path("risk/tables/<uuid:pk>/", tables.credit_table, name="credit_table"),
    path("risk/tables/<uuid:pk>/delete/", tables.credit_table_delete, name="credit_table_delete"),
    path("risk/tables/<uuid:pk>/train/", training.training_new, name="training_new"),
    path("risk/trainings/<uuid:pk>/", training.training_run, name="training_run"),
    path("risk/trainings/<uuid:pk>/step/", training.training_step, name="training_step"),
    path(
        "risk/trainings/<uuid:pk>/register/", training.training_register, name="training_register"
    ),
    path("risk/estimators/", estimators.estimator_list, name="estimators"),
    path("risk/estimators/<int:pk>/", estimators.estimator_version, name="estimator_version"),
    path("risk/estimators/<int:pk>/step/", estimators.estimator_step, name="estimator_step"),
    path(
        "risk/proposals/<int:pk>/step/",
        estimators.proposal_step,
        name="estimator_proposal_step",
    ),
    path("review/", review.queue, name="review_queue"),
    path("review/<uuid:pk>/", review.flag_detail, name="flag_detail"),
    path("review/<uuid:pk>/assign/", review.flag_assign, name="flag_assign"),
]
