-- max(amount) of buy in last 90 days > 50 or min(amount) of buy >= 3
SELECT
  p.external_id
FROM profiles AS p
WHERE
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
    GROUP BY
      e.pid
    HAVING
      /* max(amount) of buy in last 90 days > 50 */
      MAX(toNullable(e.ts)) FILTER(WHERE
        e.amount__num > {p2: Decimal(38, 9)}) >= {p3: DateTime64(6, 'UTC')}
      /* min(amount) of buy >= 3 */
      OR MIN(e.amount__num) >= {p4: Decimal(38, 9)}
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = 50
-- p3 = FromAsOf(months=0, micros=-7776000000000)
-- p4 = 3
