"""The rules of budgets, whatever is spent: nothing is rounded away, and a call falls into one period of each."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from docchain.features.ai.cost import domain
from docchain.features.ai.cost.domain import Spender

RUN, OTHER = UUID(int=1), UUID(int=2)
MONEY = st.decimals(min_value=0, max_value=1_000_000, places=9)
MOMENTS = st.datetimes(timezones=st.just(UTC))
AMOUNTS = st.integers(min_value=0, max_value=10**15)


@given(MONEY)
def test_billionths_hold_money_exactly(money):
    assert domain.money(domain.nanos(money)) == money


@given(st.decimals(min_value=0, max_value=1_000_000, places=15))
def test_what_is_finer_is_never_less_and_never_a_billionth_more(money):
    kept = domain.money(domain.nanos(money))
    assert money <= kept < money + Decimal("0.000000001")


@given(st.lists(MONEY, max_size=20))
def test_sums_of_billionths_are_sums_of_money(parts):
    assert domain.money(sum(map(domain.nanos, parts))) == sum(parts)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=3))
def test_what_is_free_and_what_is_used_never_pass_the_limit(hard, used):
    free = domain.free(hard, used)
    assert 0 <= free <= hard
    assert free == 0 or free + sum(used) == hard
    assert domain.free(None, used) is None


@given(MOMENTS, MOMENTS)
def test_two_calls_share_a_day_as_their_dates_do(one, other):
    slots = [domain.slot("day", at, None) for at in (one, other)]
    assert (slots[0] == slots[1]) == (one.date() == other.date())
    months = [domain.slot("month", at, None) for at in (one, other)]
    assert (months[0] == months[1]) == ((one.year, one.month) == (other.year, other.month))


@given(MOMENTS)
def test_periods_of_a_run_and_of_all_time(at):
    assert domain.slot("total", at, RUN) == domain.slot("total", datetime.now(UTC), None) == "total"
    assert domain.slot("run", at, RUN) != domain.slot("run", at, OTHER)


@given(
    st.sampled_from(["provider", "run", "workflow", "document"]), st.sampled_from(["openai", str(RUN), str(OTHER), ""])
)
def test_a_budget_touches_whom_it_names_and_nobody_else(scope, named):
    spender = Spender("openai", RUN, None, OTHER)
    who = {"provider": "openai", "run": str(RUN), "workflow": None, "document": str(OTHER)}[scope]
    assert domain.touches(scope, named, "total", spender) == (bool(named) and named == who)


@given(st.sampled_from(["day", "month", "total", "run"]))
def test_the_workspace_touches_all_but_what_has_no_run_touches_no_period_of_runs(period):
    assert domain.touches("workspace", "", period, Spender("openai", RUN))
    assert domain.touches("workspace", "", period, Spender("openai")) == (period != "run")
