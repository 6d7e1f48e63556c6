-- Invites by which nobody comes in before a host has let them in. Those from before ask for nothing.
ALTER TABLE invites ADD COLUMN asks INTEGER NOT NULL DEFAULT 0 CHECK (asks IN (0, 1));
