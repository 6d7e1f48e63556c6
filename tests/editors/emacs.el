;;; emacs.el --- Emacs with dap-mode: attaches with a breakpoint, and prints what it sees  -*- lexical-binding: t -*-
(require 'package)
(package-initialize)
(require 'dap-mode)
(setq lsp-session-file (expand-file-name "lsp-session" (getenv "FOLDER"))
      dap-breakpoints-file (expand-file-name "dap-breakpoints" (getenv "FOLDER"))
      dap-auto-show-output nil
      dap-exception-breakpoints nil
      dap-auto-configure-features nil)
(dap-register-debug-provider
 "breakroom"
 (lambda (conf)
   (plist-put conf :host "127.0.0.1")
   (plist-put conf :debugServer (string-to-number (getenv "PORT")))
   (plist-put conf :request "attach")
   conf))
(find-file (getenv "FILE"))
(goto-char (point-min))
(forward-line (1- (string-to-number (getenv "PARENT_LINE"))))
(dap-breakpoint-add)
(defvar try-frame nil)
(add-hook 'dap-stack-frame-changed-hook
          (lambda (session)
            (let ((frame (dap--debug-session-active-frame session)))
              (when (and frame (not try-frame))
                (setq try-frame frame)
                (message "FRAME %s %s %s" (gethash "name" frame)
                         (gethash "path" (gethash "source" frame)) (gethash "line" frame))
                (dap--send-message
                 (dap--make-request "scopes" (list :frameId (gethash "id" frame)))
                 (dap--resp-handler
                  (lambda (scopes)
                    (let ((locals (aref (apply #'vector (append (gethash "scopes" (gethash "body" scopes)) nil)) 0)))
                      (dap--send-message
                       (dap--make-request "variables" (list :variablesReference (gethash "variablesReference" locals)))
                       (dap--resp-handler
                        (lambda (answer)
                          (seq-do (lambda (item)
                                    (message "LOCAL %s = %s" (gethash "name" item) (gethash "value" item)))
                                  (gethash "variables" (gethash "body" answer)))
                          (setq try-frame 'done)))
                       session))))
                 session)))))
(dap-debug (list :type "breakroom" :name "Breakroom" :request "attach"))
(let ((until (+ (float-time) 20)))
  (while (and (not (eq try-frame 'done)) (< (float-time) until))
    (accept-process-output nil 0.1)))
(dap-disconnect (dap--cur-session))
(accept-process-output nil 0.5)
