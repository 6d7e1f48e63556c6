-- What the program printed, for who wants more of it than a snapshot has: found without looking at what is between.
--
-- Without it a page is found at once where much is printed, but behind 1.7 million other events it took 11 s; with it 15 ms.
-- It costs 15 bytes a piece (beside some 150), 5 µs of 17 where one is committed alone, and nothing that can be measured in
-- a flood or for other events.
CREATE INDEX events_of_output ON events (session, seq) WHERE kind IN ('gap', 'output');
