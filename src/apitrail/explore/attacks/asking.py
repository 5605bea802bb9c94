"""A question about attacks as the engine's condition: filters on findings, filters on what they add up to, marks (A2.2, A2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.measures import COUNTED, MEASURES
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.query import sql
from apitrail.query.sql import FINDINGS, Values
from apitrail.query.text import write
from apitrail.query.tree import Question, Terms


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of findings: filters and interval, in one attack or in all, incidents only or not.

    `group_by` is what makes the attacks that filters such as `requests:>100` count; empty is the usual grouping.
    """

    question: Question
    attack: str = ""
    incidents: bool = False
    group_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The question as text, to know a cursor of it again."""
        return f"{write(self.question.all_terms)}\n{self.attack}\n{self.incidents}\n{self.words}"

    @property
    def words(self) -> tuple[str, ...]:
        """The filter words of the grouping whose attacks are meant."""
        if self.attack:
            return grouping.decode(self.attack)[0]
        return self.group_by or (grouping.VULNERABILITY if self.incidents else grouping.DEFAULT)

    @property
    def asks_for_marks(self) -> bool:
        """Whether a filter is about marks, so that false positives are not left out."""
        return _asks_for_marks(self.question.all_terms)

    def where(self, values: Values) -> str:
        """The condition on findings, also that they belong to attacks that add up to what is asked."""
        condition = self.findings(values)
        if not any(map(sql.counts, self.question.all_terms)):
            return condition
        columns = [grouping.column(word) for word in self.words]
        names = [f"m{at}" for at in range(len(columns))]
        groups = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
        counted = ", ".join(f"{MEASURES[name].sql} AS {name}" for name in COUNTED)
        found = (
            f"SELECT {groups}, {counted} FROM {FINDINGS} AS findings WHERE {self.findings(values)} GROUP BY {', '.join(names)}"
        )
        return f"{condition} AND ({', '.join(columns)}) IN (SELECT {', '.join(names)} FROM ({found}) WHERE {self.having(values)})"

    def findings(self, values: Values) -> str:
        """The condition on findings by themselves; false positives are left out unless a filter asks for marks."""
        terms = tuple(term for term in self.question.all_terms if not sql.counts(term))
        conditions = [sql.where(terms, self.question.interval, values, table=FINDINGS)]
        if self.attack:
            conditions.append(grouping.condition(self.attack, values))
        if self.incidents:
            conditions.append("evidence != ''")
        if not (self.attack or _asks_for_marks(terms)):
            conditions.append(f"mark != '{FALSE_POSITIVE}'")
        return " AND ".join(conditions)

    def having(self, values: Values) -> str:
        """The condition on what attacks add up to."""
        return sql.having(tuple(term for term in self.question.all_terms if sql.counts(term)), values)


def _asks_for_marks(terms: Terms) -> bool:
    return sql.asks_for("mark", terms) or sql.asks_for("finding", terms)
