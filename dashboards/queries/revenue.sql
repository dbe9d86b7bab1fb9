-- period, whole, currency, orders, converted, purchases, refunds, revenue, tax, shipping: a period's orders, then its money in each currency
-- with: sessions, transactions
SELECT
    if(started >= {start:DateTime64(3, 'UTC')}, 'current', 'previous') AS period,
    grouping(currency) AS whole,
    currency,
    countIf(kind = 'purchase') AS orders,
    uniqExactIf((visitor, session), kind = 'purchase') AS converted,
    sumIf(value, kind = 'purchase') AS purchases,
    sumIf(value, kind = 'refund') AS refunds,
    purchases - refunds AS revenue,
    sumIf(tax, kind = 'purchase') AS tax,
    sumIf(shipping, kind = 'purchase') AS shipping
FROM sessions
INNER JOIN transactions USING (visitor, session)
GROUP BY GROUPING SETS ((period), (period, currency))
ORDER BY period, whole DESC, orders DESC, currency
