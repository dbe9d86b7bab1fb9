-- When the visitor's id was made: who is new in a period is told by each event alone, without a look at earlier ones.
ALTER TABLE events ADD COLUMN IF NOT EXISTS born DateTime('UTC') AFTER generation
