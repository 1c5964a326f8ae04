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
      e.event = %(p0)s AND e.ts < %(p1)s
    GROUP BY
      e.pid
    HAVING
      /* max(amount) of buy in last 90 days > 50 */
      MAX(e.ts) FILTER(WHERE
        e.amount__num > %(p2)s) >= %(p3)s
      /* min(amount) of buy >= 3 */
      OR MIN(e.amount__num) >= %(p4)s
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = 50
-- p3 = FromAsOf(months=0, micros=-7776000000000)
-- p4 = 3
