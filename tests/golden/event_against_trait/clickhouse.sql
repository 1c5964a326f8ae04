-- did buy where (amount > trait limit)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy where (amount > trait limit) */
  p.pid IN (
    SELECT
      e.pid AS pid
    FROM events AS e
    JOIN profiles AS t
      ON t.pid = e.pid
    WHERE
      e.event = {p0: String}
      AND e.ts < {p1: DateTime64(6, 'UTC')}
      AND e.amount__num > t.limit__num
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
