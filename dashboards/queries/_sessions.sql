-- visitor, session, started, …: each whole session that starts in the period, or in the one that it is compared with
-- with: told_sessions
-- Of days that are rolled up they are read as they were put down; of all others they are told by the events. Columns that
-- nothing needs are left out (narrowing.py).
SELECT
    *,
    trail AS pages,
    date_diff('millisecond', started, ended) AS milliseconds,
    ended + INTERVAL 30 MINUTE <= {now:DateTime64(3, 'UTC')} AS is_over,
    if(started >= {start:DateTime64(3, 'UTC')}, 'current', 'previous') AS period,
    born_at >= if(started >= {start:DateTime64(3, 'UTC')}, {start:DateTime64(3, 'UTC')}, {since:DateTime64(3, 'UTC')}) AS is_new,
    if(is_new, 'new', 'returning') AS visitor_kind,
    is_new AND multiIf(
        {step:String} = 'hour', born_at >= toStartOfHour(started, {zone:String}),
        {step:String} = 'week', toDate(born_at, {zone:String}) >= toMonday(started, {zone:String}),
        {step:String} = 'month', toDate(born_at, {zone:String}) >= toStartOfMonth(started, {zone:String}),
        toDate(born_at, {zone:String}) >= toDate(started, {zone:String})
    ) AS is_new_in_bucket,
    toString(toDayOfWeek(started, 0, {zone:String})) AS weekday,
    toString(toHour(started, {zone:String})) AS hour,
    multiIf(
        {step:String} = 'hour', toUnixTimestamp(toStartOfHour(started, {zone:String})),
        {step:String} = 'week', toUInt32(toMonday(started, {zone:String})),
        {step:String} = 'month', toUInt32(toStartOfMonth(started, {zone:String})),
        toUInt32(toDate(started, {zone:String}))
    ) AS bucket -- hours in seconds, else days, since 1970
FROM
(
    SELECT <told_columns>
    FROM rolled_sessions
    WHERE <shown>
        AND site = {site:String}
        AND day IN {rolled_days:Array(Date)}
        AND roll IN (SELECT argMax(roll, version) FROM rolled_days WHERE site = {site:String} GROUP BY day)
        AND begins
    UNION ALL
    SELECT *
    FROM told_sessions
    WHERE toDate(started) NOT IN {rolled_days:Array(Date)}
)
WHERE started >= {start:DateTime64(3, 'UTC')} AND started < {end:DateTime64(3, 'UTC')}
    OR started >= {since:DateTime64(3, 'UTC')} AND started < {until:DateTime64(3, 'UTC')}
