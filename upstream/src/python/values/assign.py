# Setting and copying values. Runs in a frame that the program is paused in: pydevd evaluates a call of these there, on the paused
# thread. Each expression of a person's is evaluated once, and what fails says why, which pydevd's own requests don't.
import ast
import sys
from collections import deque

from _pydevd_bundle import pydevd_save_locals

COPY_CHARS = 1000000
COPY_PATIENCE = 5.0


def evaluated(text, space):
    return eval(compile(text.strip(), "<value>", "eval", dont_inherit=True), space)


def told(call, *arguments):
    outcome = answered(call, *arguments)
    return Told(outcome)


def frame_of(reference):
    """The real frame behind a DAP frame id: what pydevd evaluates in is a copy of its names."""
    try:
        number = BaseSchema._translate_id_from_dap(reference)
        manager = pydevd.get_global_debugger().suspended_frames_manager
        return manager.get_variable(number).value
    except (KeyError, AttributeError):
        raise Refusal("gone", "The frame is no longer held: the program has run on")


def set_local(frame, space, name, value):
    frame.f_locals[name] = value
    pydevd_save_locals.save_locals(frame)
    if frame.f_locals.get(name, MISSING) is not value:
        raise Refusal("failed", "%s can't be set in this frame" % name)
    # Else pydevd would take the old one that it copied for the newer one.
    space[name] = value


def set_in_scope(place, space, name, value):
    frame = place.value
    if place.scope == "globals":
        if name not in frame.f_globals:
            raise Refusal("failed", "There is no global %s" % name)
        frame.f_globals[name] = value
    elif name not in frame.f_locals:
        raise Refusal("failed", "There is no variable %s here" % name)
    else:
        set_local(frame, space, name, value)


def set_child(place, space, name, value):
    """Sets it, and gives what is there then."""
    container = place.value
    if place.scope is not None:
        set_in_scope(place, space, name, value)
    elif isinstance(container, DAPGrouper):
        raise Refusal("failed", "What is grouped under this name is set where it belongs, not here")
    elif isinstance(container, dict) and not is_attribute(container, name):
        key = dict_item(container, name)[0]
        container[key] = value
        value = container[key]
    elif isinstance(container, (list, deque, tuple)) and name.isdigit():
        container[int(name)] = value
        value = container[int(name)]
    elif isinstance(container, set):
        old = next((item for item in container if str(id(item)) == name), MISSING)
        old = place.names().get(name, old)
        if old is MISSING or old not in container:
            raise Refusal("failed", "There is no such item in the set any more")
        hash(value)
        container.remove(old)
        container.add(value)
    elif name in dir(container):
        setattr(container, name, value)
        value = getattr(container, name)
    elif hasattr(container, "__setitem__") and name.isdigit():
        container[int(name)] = value
        value = container[int(name)]
    else:
        raise Refusal("failed", "There is no %s here that could be set" % name)
    place.names().pop(name, None)
    return value


def is_attribute(container, name):
    return name in getattr(container, "__dict__", ())


def shown(tracker, name, value, frame, evaluate_name):
    variable = pydevd_suspended_frames._ObjectVariable(
        pydevd.get_global_debugger(), name, value, tracker._register_variable, evaluate_name=evaluate_name, frame=frame
    )
    begin_request(True)
    return variable_data(variable)


def assign(reference, name, text):
    """Sets a variable of a set."""
    space = sys._getframe(1).f_globals

    def run():
        place = Place(reference)
        value = set_child(place, space, name, evaluated(text, space))
        return shown(place.tracker, name, value, place.frame, None)

    return told(run)


def assign_expression(frame_reference, target, text):
    """Sets what an expression names: a name, an attribute or an item."""
    space = sys._getframe(1).f_globals

    def run():
        frame = frame_of(frame_reference)
        tracker = Place(frame_reference).tracker
        node = ast.parse(target.strip(), "<target>", "eval").body
        part = lambda one: eval(compile(ast.Expression(one), "<target>", "eval", dont_inherit=True), space)
        if isinstance(node, ast.Attribute):
            owner = part(node.value)
            setattr(owner, node.attr, evaluated(text, space))
            value = getattr(owner, node.attr)
        elif isinstance(node, ast.Subscript):
            owner = part(node.value)
            # Before Python 3.9 an index is a node of its own.
            key = slice_of(node.slice, part)
            owner[key] = evaluated(text, space)
            value = owner[key]
        elif isinstance(node, ast.Name):
            value = evaluated(text, space)
            if node.id in frame.f_locals:
                set_local(frame, space, node.id, value)
            elif node.id in frame.f_globals:
                frame.f_globals[node.id] = value
                space[node.id] = value
            else:
                raise Refusal("failed", "There is no variable %s here" % node.id)
        else:
            raise Refusal("failed", "Only a name, an attribute or an item can be set")
        return shown(tracker, target, value, frame, target)

    return told(run)


def slice_of(node, part):
    if type(node).__name__ == "Index":
        node = node.value
    if isinstance(node, ast.Slice):
        return slice(*(None if one is None else part(one) for one in (node.lower, node.upper, node.step)))
    return part(node)


def copied(text):
    """A value's whole text."""
    space = sys._getframe(1).f_globals

    def run():
        value = evaluated(text, space)
        how, whole = within(lambda: described(value), COPY_PATIENCE)
        if how in ("late", "full"):
            whole = "<%s: repr took longer than %d s>" % (type(value).__name__, COPY_PATIENCE)
        elif how == "error":
            raise whole
        if len(whole) > COPY_CHARS:
            whole = whole[:COPY_CHARS] + "\u2026"
        return {"value": whole, "type": type(value).__name__}

    return told(run)
