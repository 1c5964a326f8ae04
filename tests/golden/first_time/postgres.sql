-- did buy for the first time in last 7 days
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy for the first time in last 7 days */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = %(p0)s AND e.ts < %(p1)s
    GROUP BY
      e.pid
    HAVING
      MIN(e.ts) >= %(p2)s
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = FromAsOf(months=0, micros=-604800000000)
