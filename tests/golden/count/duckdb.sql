-- did buy where (amount > 50) at least 3 times in last 90 days
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy where (amount > 50) at least 3 times in last 90 days */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2 AND e.amount__num > $p3
    GROUP BY
      e.pid
    HAVING
      COUNT(*) >= $p4
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-7776000000000)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = 50
-- p4 = 3
