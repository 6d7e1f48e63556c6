# Rows of a value that is a table. What it has of the program's code (`<` of cells, their texts) runs in a helper thread with a
# deadline, as reprs do.
import sys
from collections import deque

TABLE_PATIENCE = 5.0
COLUMNS = 50
CELL = 200
SORTED_ROWS = 1000000
ROWS_LOOKED_AT = 200  # To see whether a list is a table, and what its columns are.
MISSING = object()


def cell_text(value):
    if value is MISSING:
        return ""
    if isinstance(value, str):
        shown = str.__getitem__(value, slice(CELL + 1))
    else:
        shown = "".join(cell_repr(value))
    return shown if len(shown) <= CELL else shown[: CELL - 1] + "\u2026"


def cell_repr(value):
    kind = type(value).__module__.partition(".")[0]
    # `np.float64(1.5)`, as numpy 2 words it, would be all that is seen of a column.
    if kind in ("numpy", "pandas") and getattr(value, "ndim", 0) == 0:
        return str(value)
    return pydevd_safe_repr.SafeRepr()(value)


def label(value):
    return cell_text(value) if isinstance(value, str) else cell_text(str(value))


class Frame:
    """A pandas DataFrame or Series."""

    def __init__(self, value):
        self.value = value.to_frame() if value.ndim == 1 else value
        self.total, self.total_columns = self.value.shape
        names = [label(name) for name in self.value.columns[:COLUMNS]]
        if value.ndim == 1:
            names = [label("value" if value.name is None else value.name)]
        self.columns = names

    def order(self, column, descending):
        series = self.value.iloc[:, column].reset_index(drop=True)
        return series.sort_values(ascending=not descending, kind="stable").index

    def rows(self, at):
        part = self.value.iloc[list(at), : len(self.columns)]
        cells = [[cell_text(cell) for cell in row] for row in part.itertuples(index=False, name=None)]
        return [label(name) for name in part.index], cells


class Array:
    """A numpy array of one or two dimensions, with named fields or without."""

    def __init__(self, value):
        if value.ndim not in (1, 2) or value.ndim == 2 and value.dtype.names:
            raise Refusal("failed", "An array of %d dimensions is no table" % value.ndim)
        self.value = value
        self.fields = value.dtype.names
        self.total = len(value)
        if self.fields:
            self.total_columns = len(self.fields)
            self.columns = [label(name) for name in self.fields[:COLUMNS]]
        elif value.ndim == 1:
            self.total_columns, self.columns = 1, ["value"]
        else:
            self.total_columns = value.shape[1]
            self.columns = [str(at) for at in range(min(self.total_columns, COLUMNS))]

    def column(self, at):
        if self.fields:
            return self.value[self.fields[at]]
        return self.value if self.value.ndim == 1 else self.value[:, at]

    def order(self, column, descending):
        cells = self.column(column)
        if descending:
            return len(cells) - 1 - cells[::-1].argsort(kind="stable")[::-1]
        return cells.argsort(kind="stable")

    def rows(self, at):
        at = list(at)
        columns = [self.column(column)[at] for column in range(len(self.columns))]
        return [str(row) for row in at], [[cell_text(cell) for cell in row] for row in zip(*columns)]


class Rows:
    """A list of dicts or of equally long tuples, or a dict of equally long lists."""

    def __init__(self, value):
        self.value = value
        self.by_column = isinstance(value, dict)
        if self.by_column:
            self.keys = list(dict.keys(value))
            self.total = len(value[self.keys[0]])
            names = self.keys
        else:
            self.total = len(value)
            head = [value[at] for at in range(min(self.total, ROWS_LOOKED_AT))]
            self.dicts = isinstance(head[0], dict)
            if self.dicts:
                self.keys = list(dict.fromkeys(key for row in head for key in row))
                names = self.keys
            else:
                self.keys = list(range(len(head[0])))
                names = getattr(type(head[0]), "_fields", None) or self.keys
        self.total_columns = len(self.keys)
        self.columns = [label(name) for name in names[:COLUMNS]]

    def cell(self, row, column):
        key = self.keys[column]
        try:
            if self.by_column:
                return self.value[key][row]
            found = self.value[row]
            if self.dicts:
                return dict.get(found, key, MISSING) if isinstance(found, dict) else MISSING
            return found[key] if isinstance(found, (tuple, list)) else MISSING
        except LookupError:
            return MISSING

    def order(self, column, descending):
        cells = [self.cell(row, column) for row in range(self.total)]
        there = [row for row in range(self.total) if cells[row] is not MISSING and cells[row] is not None]
        there.sort(key=lambda row: cells[row], reverse=descending)
        return there + [row for row in range(self.total) if cells[row] is MISSING or cells[row] is None]

    def rows(self, at):
        at = list(at)
        columns = range(len(self.columns))
        return [str(row) for row in at], [[cell_text(self.cell(row, one)) for one in columns] for row in at]


def as_table(value):
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    try:
        if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
            return Frame(value)
        if numpy is not None and isinstance(value, numpy.ndarray):
            return Array(value)
    except AttributeError:  # Half imported.
        pass
    if isinstance(value, (list, tuple, deque)) and len(value):
        head = [value[at] for at in range(min(len(value), ROWS_LOOKED_AT))]
        if all(isinstance(row, dict) for row in head):
            return Rows(value)
        if all(isinstance(row, (tuple, list)) and len(row) == len(head[0]) > 0 for row in head):
            return Rows(value)
    if isinstance(value, dict) and len(value):
        columns = list(dict.values(value))
        if all(isinstance(one, (list, tuple)) and len(one) == len(columns[0]) for one in columns):
            return Rows(value)
    raise Refusal(
        "failed",
        "This %s is no table: DataFrames, Series, arrays of one or two dimensions, lists of dicts or of equally long "
        "tuples, and dicts of equally long lists are" % type(value).__name__,
    )


def table_rows(value, start, count, sort, descending):
    found = as_table(value)
    if start > found.total or start == found.total > 0:
        raise Refusal("range", "It has %d rows: there is none at %d" % (found.total, start))
    at = range(start, min(start + count, found.total))
    if sort is not None:
        if sort not in found.columns:
            raise Refusal("range", "It has no column %s" % sort)
        if found.total > SORTED_ROWS:
            raise Refusal("range", "It has %d rows; at most %d are sorted" % (found.total, SORTED_ROWS))
        try:
            order = found.order(found.columns.index(sort), descending)
        except TypeError as error:
            raise Refusal("failed", "The column %s can't be sorted: %s" % (sort, error))
        at = [int(row) for row in order[start : start + count]]
    index, rows = found.rows(at)
    return {
        "total": found.total,
        "columns": found.columns,
        "totalColumns": int(found.total_columns),
        "index": index,
        "rows": rows,
    }


def table(reference, start, count, sort, descending):
    place = Place(reference)
    if place.scope is not None:
        raise Refusal("failed", "A scope is no table")
    value = place.value
    how, result = within(lambda: table_rows(value, start, count, sort, descending), TABLE_PATIENCE)
    if how == "error":
        raise result
    if how != "value":
        raise Refusal("failed", "Reading the table took longer than %d s" % TABLE_PATIENCE)
    return result
