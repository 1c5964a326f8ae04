-- did buy and plan = "pro" or not did buy and age > 30
WITH people_1(pid) AS (
  SELECT
    e.pid
  FROM events AS e
  WHERE
    e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  (
    /* plan = "pro" */
    p.plan__str = {p2: String}
    /* did buy */
    AND p.pid IN (
      SELECT
        pid
      FROM people_1
    )
  )
  OR (
    /* age > 30 */
    p.age__num > {p3: Decimal(38, 9)}
    /* did buy */
    AND p.pid NOT IN (
      SELECT
        pid
      FROM people_1
    )
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = pro
-- p3 = 30
