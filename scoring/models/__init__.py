"""Estimators, policies, evidence, score revisions, reviews, decisions and outcomes."""

from scoring.models.batch import BatchChunk, BatchJob
from scoring.models.bureau import BureauEnquiry, BureauRecord
from scoring.models.credit_table import CreditTable
from scoring.models.declared_group import DeclaredGroup
from scoring.models.estimator_proposal import EstimatorProposal
from scoring.models.evaluation_keys import EvaluationKeys
from scoring.models.evidence import Evidence
from scoring.models.model_version import ModelVersion
from scoring.models.monitoring import MonitoringAlarm, MonitoringReport, MonitoringSettings
from scoring.models.outcome import LoanOutcome
from scoring.models.policy import Policy
from scoring.models.portfolio_run import PortfolioRun
from scoring.models.review import ApplicationDecision, ReviewDecision, ReviewFlag
from scoring.models.revision import ChallengerScore, CurrentScore, ScoreRevision
from scoring.models.token_access import TokenAccess
from scoring.models.training_run import TrainingRun

__all__ = [
    "ApplicationDecision",
    "BatchChunk",
    "BatchJob",
    "BureauEnquiry",
    "BureauRecord",
    "ChallengerScore",
    "CreditTable",
    "CurrentScore",
    "DeclaredGroup",
    "EstimatorProposal",
    "EvaluationKeys",
    "Evidence",
    "LoanOutcome",
    "ModelVersion",
    "MonitoringAlarm",
    "MonitoringReport",
    "MonitoringSettings",
    "Policy",
    "PortfolioRun",
    "ReviewDecision",
    "ReviewFlag",
    "ScoreRevision",
    "TokenAccess",
    "TrainingRun",
]
