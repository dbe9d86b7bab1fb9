-- Remember that migrations were applied.
INSERT INTO migrations (name)
SELECT arrayJoin({names:Array(String)})
