-- Neovim with nvim-dap: attaches with a breakpoint in the parent and in the child, and prints what it sees.
vim.opt.runtimepath:append(os.getenv("NVIM_DAP"))
vim.opt.swapfile = false
local dap = require("dap")
local function say(...)
  io.stdout:write(table.concat({ ... }, " ") .. "\n")
  io.stdout:flush()
end

-- As in docs/editors.md.
dap.adapters.breakroom = { type = "server", host = "127.0.0.1", port = tonumber(os.getenv("PORT")) }
dap.configurations.python = { { type = "breakroom", request = "attach", name = "Breakroom" } }

local seen = {}
dap.listeners.after.event_stopped["try"] = function(session, body)
  local name = session.config.name
  say("STOPPED", name, body.reason)
  session:request("stackTrace", { threadId = body.threadId }, function(err, stack)
    if err then
      return say("ERROR", name, tostring(err))
    end
    local frame = stack.stackFrames[1]
    say("FRAME", name, frame.name, frame.source.path, tostring(frame.line))
    session:evaluate({ expression = "number", context = "hover", frameId = frame.id }, function(failed, value)
      say("EVAL", name, failed and tostring(failed) or value.result)
      -- The other process has its turn.
      seen[name] = true
      if vim.tbl_count(seen) < 2 then
        session:_step("continue")
      end
    end)
  end)
end
dap.listeners.after.event_output["try"] = function(session, body)
  if body.category == "console" then
    say("CONSOLE", session.config.name, (body.output:gsub("\n", "")))
  end
end
dap.listeners.after.setBreakpoints["try"] = function(session, err, response)
  say("SET", session.config.name, err and tostring(err) or vim.json.encode(response.breakpoints))
end
dap.listeners.after.event_terminated["try"] = function(session)
  say("TERMINATED", session.config.name)
end

vim.cmd.edit(os.getenv("FILE"))
for _, line in ipairs({ "PARENT_LINE", "CHILD_LINE" }) do
  vim.cmd(os.getenv(line))
  dap.set_breakpoint()
end
dap.run(dap.configurations.python[1])
vim.wait(20000, function()
  return vim.tbl_count(seen) >= 2
end)
local count = 0
for _, session in pairs(dap.sessions()) do
  count = count + 1 + vim.tbl_count(session.children)
end
say("SESSIONS", tostring(count))
for _, session in pairs(dap.sessions()) do
  session:disconnect({ terminateDebuggee = false })
end
vim.wait(1000, function()
  return vim.tbl_count(dap.sessions()) == 0
end)
vim.cmd("qall!")
