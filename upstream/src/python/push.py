# Globals: frames (the most of a stack). At each stop, the debuggee tells the stack and the top frame's scopes just before
# `stopped`, and its locals right behind: what everybody asks for then costs no turn through the adapter, each of which
# takes longer than finding it out. Of a deep stack it tells the first frames, as debugpy makes each frame before it gives some.
#
# All of it is made by what serves the requests, in the thread that would serve them, so that it is what they would give.
# For our client only: others have their own way of asking, so that it ends with our connection.
import copy

import pydevd
from _pydevd_bundle import pydevd_api, pydevd_process_net_command_json
from _pydevd_bundle._debug_adapter import pydevd_schema
from _pydevd_bundle._debug_adapter.pydevd_base_schema import BaseSchema
from _pydevd_bundle.pydevd_comm_constants import CMD_WRITE_TO_CONSOLE
from _pydevd_bundle.pydevd_net_command import NetCommand


class Push:
    def __init__(self):
        self.on = False
        self.frames = 0
        self.stops = 0


class Instead:
    """Something of debugpy's, for a function that is to find something else in a place or two."""

    def __init__(self, thing, **places):
        self.__dict__.update(places, thing=thing)

    def __getattr__(self, name):
        return getattr(self.thing, name)


class Caught(Instead):
    """The debugger, for a function that is to give its answer to us."""

    # Who asks has the other threads run on if it takes long, and stop again behind it. Nobody has asked: it would go on for ever.
    multi_threads_single_notification = False

    def __init__(self, debugger):
        super().__init__(debugger, writer=self, given=None)

    def add_command(self, command):
        if command.as_dict.get("type") == "response":
            self.given = command.as_dict
        else:
            self.thing.writer.add_command(command)


def tell(debugger, data):
    event = pydevd_schema.OutputEvent(pydevd_schema.OutputEventBody("breakroom", "telemetry", data=data))
    debugger.writer.add_command(NetCommand(CMD_WRITE_TO_CONSOLE, 0, event, is_json=True))


def some_of(frames, some):
    """A list like another one, of some of its frames."""
    part = copy.copy(frames)
    part._frames, part.chained_frames_list = some, None
    if len(part) != len(some):
        raise NotImplementedError("another debugpy keeps its frames elsewhere")
    return part


def shown(debugger, frames):
    """Those that debugpy shows; it is asked once for all of one code."""
    codes = {id(frame.f_code): frame for frame in frames}
    known = debugger.cmd_factory._iter_visible_frames_info(debugger, some_of(frames, list(codes.values())))
    passed = set()
    for _, frame, _, path, *_ in known:
        filtered = debugger.is_files_filter_enabled and not getattr(frame, "IS_PLUGIN_FRAME", False)
        if not (filtered and debugger.apply_files_filter(frame, path, False)):
            passed.add(id(frame.f_code))
    return [frame for frame in frames if id(frame.f_code) in passed]


def stack_of(debugger, thread_id, frames):
    """The body of a `stackTrace` response."""
    seen, total = debugger, None
    if len(frames) > push.frames:
        some = shown(debugger, frames)
        if len(some) > push.frames:
            total, chained = len(some), frames.chained_frames_list
            while chained is not None:
                total, chained = total + len(shown(debugger, chained)), chained.chained_frames_list
            top = some_of(frames, some[: push.frames])
            manager = Instead(debugger.suspended_frames_manager, get_frames_list=lambda thread_id: top)
            seen = Instead(debugger, suspended_frames_manager=manager)
    body = debugger.cmd_factory.make_get_thread_stack_message(
        seen, 0, thread_id, None, None, must_be_suspended=True, start_frame=0, levels=push.frames
    ).as_dict["body"]
    if total is not None:
        body["totalFrames"] = total
    return body


def tell_stack(debugger, thread_id):
    """Tells the stack and the scopes; what the locals are known by, if they are worth telling."""
    frames = debugger.suspended_frames_manager.get_frames_list(thread_id)
    if frames is None:
        return None
    stack = stack_of(debugger, thread_id, frames)
    top = BaseSchema._dap_id_to_obj_id[stack["stackFrames"][0]["id"]]
    request = pydevd_schema.ScopesRequest(pydevd_schema.ScopesArguments(top))
    processor = pydevd_process_net_command_json.PyDevJsonCommandProcessor
    scopes = processor.on_scopes_request(None, debugger, request).as_dict["body"]
    tell(debugger, {"pushed": {"stop": {"stack": stack, "scopes": scopes}}})
    return scopes["scopes"][0]["variablesReference"]


def tell_locals(debugger, thread_id, number, stop):
    if stop != push.stops or not push.on:
        return
    told = {"reference": number}
    try:
        reference = BaseSchema._dap_id_to_obj_id[number]
        request = pydevd_schema.VariablesRequest(pydevd_schema.VariablesArguments(reference))
        caught = Caught(debugger)
        # Whatever is wrapped around it applies: a deadline for each value, and one for all.
        pydevd_api.internal_get_variable_json(caught, request)
        given = caught.given
        if given is not None:
            good = given["success"]
            told["body" if good else "refused"] = given["body" if good else "message"]
    finally:
        tell(debugger, {"pushed": {"locals": told}})
    # The thread takes one thing at each waking up: two that came meanwhile would have one of them wait a fifth of a second.
    try:
        debugger.process_internal_commands((thread_id,))
    except TypeError:  # An older debugpy.
        debugger.process_internal_commands()


def send_suspend_notification(self, thread_id, thread, stop_reason):
    debugger, number = self._py_db(), None
    push.stops += 1
    if push.on and debugger is not None:
        try:
            number = tell_stack(debugger, thread_id)
        except Exception:
            pass  # It is asked for then.
    original(self, thread_id, thread, stop_reason)
    if number is not None:
        debugger.post_method_as_internal_command(thread_id, tell_locals, thread_id, number, push.stops)


def request_disconnect(self, *args, **kwargs):
    push.on = False
    return disconnect(self, *args, **kwargs)


push = getattr(pydevd, "_breakroom_push", None)
if push is None:
    push = pydevd._breakroom_push = Push()
    notifying, api = pydevd.ThreadsSuspendedSingleNotification, pydevd_api.PyDevdAPI
    original, disconnect = notifying.send_suspend_notification, api.request_disconnect
    notifying.send_suspend_notification = send_suspend_notification
    api.request_disconnect = request_disconnect
push.frames = frames
# Behind a busy program, this may run after we were cut off.
push.on = getattr(pydevd.get_global_debugger(), "_enable_thread_notifications", True)
