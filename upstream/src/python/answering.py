# Before 1.8.21 debugpy answers an evaluation without a frame with nothing, and prints what came of it into the program's
# output. All that we ask for is such an evaluation: there it is given back from now on, as newer ones do.
# `give` has the one that this runs in answered; None: debugpy does.
from _pydev_bundle._pydev_saved_modules import thread
from _pydevd_bundle import pydevd_comm, pydevd_vars

give = None


def install():
    given = {}
    plain_evaluate = pydevd_vars.evaluate_expression
    plain_respond = pydevd_comm._evaluate_response

    def give(text):
        given[thread.get_ident()] = text

    def evaluate_expression(py_db, frame, expression, is_exec=False):
        if is_exec and frame is pydevd_comm._global_frame:
            try:
                code = compile(expression.strip(), "<string>", "eval")
            except SyntaxError:
                return plain_evaluate(py_db, frame, expression, is_exec)
            value = eval(code, frame.f_globals, frame.f_locals)
            give("" if value is None else "%s" % (value,))
            return None
        return plain_evaluate(py_db, frame, expression, is_exec)

    def _evaluate_response(py_db, request, result, error_message=""):
        # In the thread that evaluated, right after it.
        text = given.pop(thread.get_ident(), None)
        return plain_respond(py_db, request, result if text is None else text, error_message)

    pydevd_vars.evaluate_expression = evaluate_expression
    pydevd_comm._evaluate_response = _evaluate_response
    return give


if "exec_result" not in pydevd_comm.internal_evaluate_expression_json.__code__.co_varnames:
    if not hasattr(pydevd_comm, "_breakroom_answers"):
        give = install()
        pydevd_comm._breakroom_answers = True
