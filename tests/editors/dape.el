;;; dape.el --- Emacs with dape: attaches with two breakpoints, and prints what it sees  -*- lexical-binding: t -*-
(require 'package)
(package-initialize)
(require 'dape)
(setq dape-start-hook '(dape-repl)
      dape-default-breakpoints-file (expand-file-name "dape-breakpoints" (getenv "FOLDER")))
(find-file (getenv "FILE"))
(dolist (line '("PARENT_LINE" "CHILD_LINE"))
  (goto-char (point-min))
  (forward-line (1- (string-to-number (getenv line))))
  (dape-breakpoint-toggle))
;; As docs/editors.md has it, but for the port.
(add-to-list 'dape-configs
             '(breakroom
               modes (python-mode python-ts-mode)
               host "127.0.0.1" port 5678
               :type "python" :request "attach"))
(dape (plist-put (copy-tree (alist-get 'breakroom dape-configs)) 'port (string-to-number (getenv "PORT"))))
(defun try-until (what predicate)
  "Wait for PREDICATE's value; say WHAT was not seen in 20 s."
  (let ((until (+ (float-time) 20)) (value nil))
    (while (not (or (setq value (funcall predicate)) (> (float-time) until)))
      (accept-process-output nil 0.1))
    (or value (message "NOT SEEN: %s" what))))
(defun try-stop (name)
  "Wait for a stop in function NAME; say what is there, and let it run on."
  (when-let* ((conn (try-until
                     name
                     (lambda ()
                       (seq-find (lambda (conn)
                                   (and (dape--stopped-threads conn)
                                        (equal name (plist-get (dape--current-stack-frame conn) :name))))
                                 (dape--live-connections)))))
              (frame (dape--current-stack-frame conn)))
    (message "FRAME %s %s %s" (plist-get frame :name)
             (plist-get (plist-get frame :source) :path) (plist-get frame :line))
    (let ((value nil))
      (dape--evaluate-expression conn (plist-get frame :id) "number" "repl"
                                 (lambda (body error) (setq value (or error (plist-get body :result)))))
      (message "VALUE %s %s" name (try-until "a value" (lambda () value))))
    (message "SESSIONS %s" (length (dape--live-connections)))
    conn))
(defvar try-first nil)
(setq try-first (try-stop "parent"))
(dape-breakpoint-remove-all)
(goto-char (point-min))
(forward-line (1- (string-to-number (getenv "CHILD_LINE"))))
(dape-breakpoint-toggle)
(when try-first (dape-continue try-first))
(try-stop "child")
(message "REPL %s" (with-current-buffer (get-buffer-create "*dape-repl*") (buffer-string)))
(dape-disconnect-quit (dape--live-connection 'parent))
(accept-process-output nil 0.5)
