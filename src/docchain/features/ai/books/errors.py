"""What budgets refuse."""

from docchain.platform.errors import Conflict, NotFound, Stale


class BudgetNotFound(NotFound):
    code = "ai_budget_not_found"
    title = "There is no such budget"


class BudgetExists(Conflict):
    code = "ai_budget_exists"
    title = "There is a budget for the same"


class BudgetChanged(Stale):
    code = "ai_budget_changed"
    title = "The budget changed since you read it"


class TooManyBudgets(Conflict):
    code = "ai_budgets_too_many"
    title = "There are as many budgets as there may be"
