"""The size budget: modules and functions that grew too large, and the weight of the console's own scripts and styles.

A module above 400 lines or a function above 60 needs a reason in REASONS; the console's JavaScript stays below 40 KB.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULE_LINES, FUNCTION_LINES = 400, 60
SCRIPT_BYTES, STYLE_BYTES = 40_000, 52_000
REASONS: dict[str, str] = {}
"""Path, or path:function -> why it may be larger."""


def too_large() -> list[str]:
    """Everything over the budget, in words."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MODULE_LINES and name not in REASONS:
            found.append(f"{name}: {lines} lines, {MODULE_LINES} at most")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION_LINES and f"{name}:{node.name}" not in REASONS:
                    found.append(f"{name}:{node.lineno} {node.name}: {length} lines, {FUNCTION_LINES} at most")
    return found + _static("*.js", SCRIPT_BYTES) + _static("*.css", STYLE_BYTES)


def _static(pattern: str, most: int) -> list[str]:
    total = sum(path.stat().st_size for path in (ROOT / "src/apitrail/console/static").rglob(pattern))
    return [f"{pattern} of the console: {total} bytes, {most} at most"] if total > most else []


if __name__ == "__main__":
    problems = too_large()
    print("\n".join(problems) or "size budget: kept")
    sys.exit(bool(problems))
