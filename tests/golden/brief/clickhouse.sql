-- plan = "pro" and did buy in last 30 days and (plan = "US" or plan = "CA")
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* plan = "pro" */
  p.plan__str = {p0: String}
  /* plan = "US" */
  /* plan = "CA" */
  AND p.plan__str IN ({p1: String}, {p2: String})
  /* did buy in last 30 days */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p3: String}
      AND e.ts >= {p4: DateTime64(6, 'UTC')}
      AND e.ts < {p5: DateTime64(6, 'UTC')}
  )
ORDER BY
  p.external_id;
-- p0 = pro
-- p1 = CA
-- p2 = US
-- p3 = buy
-- p4 = FromAsOf(months=0, micros=-2592000000000)
-- p5 = FromAsOf(months=0, micros=0)
