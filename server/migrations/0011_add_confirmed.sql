-- Whether the shop's server told the row, not the script: the column is that of EventRow.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS confirmed Bool AFTER order
