-- did buy at most 2 times in this month
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy at most 2 times in this month */
  p.pid NOT IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = %(p0)s AND e.ts >= %(p1)s AND e.ts < %(p2)s
    GROUP BY
      e.pid
    HAVING
      COUNT(*) > %(p3)s
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = PeriodStart(unit='month', shift=0)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = 2
