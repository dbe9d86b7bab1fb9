-- the rows of a panel that is filled already, so that the engine itself writes them as Parquet
SELECT *
FROM format('JSONEachRow', {structure:String}, concat(<lines>))
