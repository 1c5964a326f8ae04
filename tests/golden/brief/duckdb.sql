-- plan = "pro" and did buy in last 30 days and (plan = "US" or plan = "CA")
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  p.plan__str = $p0
  /* plan = "US" */
  /* plan = "CA" */
  AND p.plan__str IN ($p1, $p2)
  /* did buy in last 30 days */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = $p3 AND e.ts >= $p4 AND e.ts < $p5
  )
ORDER BY
  p.external_id;
-- p0 = pro
-- p1 = CA
-- p2 = US
-- p3 = buy
-- p4 = FromAsOf(months=0, micros=-2592000000000)
-- p5 = FromAsOf(months=0, micros=0)
